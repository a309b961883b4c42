import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { call } from "../api/client";
import type { About, Session } from "../api/types";
import { Note } from "../components/feedback";
import { Field, Form, fieldError } from "../components/form";
import { PageTitle } from "../components/layout";
import { NewPassword, NewUsername } from "../components/new_account_fields";
import { t } from "../i18n";
import { useAction } from "../state/resource";
import { about, take } from "../state/session";

// The first administrator of a new registry, by the link that the server printed.
export default function SetUp() {
  const { route } = useLocation();
  // After the "#" of the printed link: no server on the way gets to know it.
  const [token, setToken] = useState(location.hash.slice(1));
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const action = useAction(async () => {
    take(await call<Session>("POST", "/setup", { body: { token, username, password } }));
    about.value = await call<About>("GET", "/about");
    route("/", true);
  });
  if (about.value?.setup_required === false) return <Note>{t("setUp.done")}</Note>;
  return (
    <div class="stack page-narrow">
      <PageTitle title={t("setUp")} />
      <p>{t("setUp.text")}</p>
      <Form action={action} submit={t("setUp.submit")} fields={["token", "username", "password"]}>
        <Field
          label={t("setUp.token")}
          hint={t("setUp.tokenHint")}
          value={token}
          onInput={setToken}
          autoComplete="off"
          error={fieldError(action, "token")}
          required
        />
        <NewUsername value={username} onInput={setUsername} action={action} />
        <NewPassword value={password} onInput={setPassword} action={action} />
      </Form>
    </div>
  );
}
