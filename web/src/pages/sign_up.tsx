import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { call } from "../api/client";
import type { Session } from "../api/types";
import { Note } from "../components/feedback";
import { Field, Form, fieldError } from "../components/form";
import { PageTitle } from "../components/layout";
import { NewPassword, NewUsername } from "../components/new_account_fields";
import { t } from "../i18n";
import { useAction } from "../state/resource";
import { about, take } from "../state/session";

export default function SignUp() {
  const { route } = useLocation();
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [invitation, setInvitation] = useState(location.hash.slice(1));
  const action = useAction(async () => {
    const body = {
      username,
      password,
      ...(email === "" ? {} : { email }),
      ...(invitation === "" ? {} : { invitation }),
    };
    take(await call<Session>("POST", "/sign-up", { body }));
    route("/", true);
  });
  const rule = about.value?.sign_up;
  if (rule === "closed") return <Note>{t("signUp.closed")}</Note>;
  return (
    <div class="stack page-narrow">
      <PageTitle title={t("signUp")} />
      <Form action={action} submit={t("signUp")} fields={["username", "password", "email", "invitation"]}>
        <NewUsername value={username} onInput={setUsername} action={action} />
        <Field
          label={t("email")}
          hint={t("optional")}
          value={email}
          onInput={setEmail}
          type="email"
          autoComplete="email"
          error={fieldError(action, "email")}
        />
        <NewPassword value={password} onInput={setPassword} action={action} />
        {rule === "invitation" && (
          <Field
            label={t("invitation")}
            value={invitation}
            onInput={setInvitation}
            error={fieldError(action, "invitation")}
            required
          />
        )}
      </Form>
      <p>
        {t("signUp.have")} <a href="/sign-in">{t("signIn")}</a>
      </p>
    </div>
  );
}
