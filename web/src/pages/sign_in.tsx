import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { ApiError, call, query } from "../api/client";
import type { Session } from "../api/types";
import { Note } from "../components/feedback";
import { Field, Form } from "../components/form";
import { PageTitle } from "../components/layout";
import { t, type TextKey } from "../i18n";
import { safeReturn } from "../state/places";
import { useAction } from "../state/resource";
import { about, take } from "../state/session";

function needsCode(error: Error | undefined): boolean {
  return error instanceof ApiError && error.problem.code === "second-factor-required";
}

// Why a provider sent one back without signing one in.
const REASONS = ["denied", "expired", "refused", "unavailable", "no-account", "not-allowed", "disabled", "second-factor", "taken"];

function Reason({ reason }: { reason: string | undefined }) {
  if (reason === undefined || !REASONS.includes(reason)) return null;
  return <Note tone="danger">{t(`signIn.error.${reason}` as TextKey)}</Note>;
}

// Also stands in the place of a page that asks for an account; then it leads to that.
export function SignIn() {
  const { path, route, query: parameters } = useLocation();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asked, setAsked] = useState(false);
  const target = path === "/sign-in" ? safeReturn(parameters["return_to"]) : undefined;
  const action = useAction(async () => {
    try {
      const body = { username, password, ...(code === "" ? {} : { code }) };
      take(await call<Session>("POST", "/session", { body }));
    } catch (error) {
      if (needsCode(error as Error)) setAsked(true);
      throw error;
    }
    if (target !== undefined) route(target, true);
  });
  const shown = { ...action };
  if (needsCode(action.error)) delete shown.error; // the field that appears says it
  return (
    <div class="stack page-narrow">
      <PageTitle title={t("signIn")} />
      <Reason reason={path === "/sign-in" ? parameters["error"] : undefined} />
      <Form action={shown} submit={t("signIn")}>
        <Field label={t("username")} value={username} onInput={setUsername} autoComplete="username" name="username" required />
        <Field
          label={t("password")}
          value={password}
          onInput={setPassword}
          type="password"
          name="password"
          autoComplete="current-password"
          required
        />
        {asked && (
          <Field
            label={t("code")}
            hint={t("code.hint")}
            value={code}
            onInput={setCode}
            autoComplete="one-time-code"
            required
          />
        )}
      </Form>
      {(about.value?.providers ?? []).map((provider) => (
        <a
          key={provider.name}
          class="button"
          href={`/api/v1/session/external/${encodeURIComponent(provider.name)}${query({ return_to: target ?? path })}`}
          target="_self"
        >
          {t("signIn.with", { provider: provider.title })}
        </a>
      ))}
      {about.value?.sign_up !== "closed" && (
        <p>
          {t("signIn.new")} <a href="/sign-up">{t("signUp")}</a>
        </p>
      )}
    </div>
  );
}
