// The account's settings, a section at an address each.
import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { call } from "../api/client";
import type { NewToken, RecoveryCodes, SecondFactorSetup, SessionItem, Token } from "../api/types";
import { Command } from "../components/copy";
import { Loaded, More, Note, NotFound, tell } from "../components/feedback";
import { Field, Form, Select, fieldError } from "../components/form";
import { PageTitle, Tabs } from "../components/layout";
import { ConnectedIdentities } from "../components/identities";
import { NewTokenView, TokenTable } from "../components/tokens";
import { roleOptions } from "../components/permissions";
import { Age, Badge } from "../components/values";
import { t } from "../i18n";
import { useAction, useListing } from "../state/resource";
import { account, refreshAccount } from "../state/session";

function Profile() {
  const [name, setName] = useState(account.value?.display_name ?? "");
  const [email, setEmail] = useState(account.value?.email ?? "");
  const [language, setLanguage] = useState(account.value?.language ?? "");
  const save = useAction(async () => {
    await call("PATCH", "/account", { body: { display_name: name, email, language } });
    await refreshAccount();
    tell(t("saved"));
  });
  return (
    <Form action={save} submit={t("save")} fields={["display_name", "email"]}>
      <Field label={t("displayName")} value={name} onInput={setName} autoComplete="name" error={fieldError(save, "display_name")} />
      <Field label={t("email")} value={email} onInput={setEmail} type="email" autoComplete="email" error={fieldError(save, "email")} />
      <Select
        label={t("language")}
        value={language}
        options={[
          { value: "", text: t("language.browser") },
          { value: "en", text: "English" },
          { value: "es", text: "Español" },
        ]}
        onChange={setLanguage}
      />
    </Form>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const hasPassword = account.value?.has_password ?? false;
  const save = useAction(async () => {
    const body = { new_password: wanted, ...(hasPassword ? { current_password: current } : {}) };
    await call("PUT", "/account/password", { body });
    setCurrent("");
    setWanted("");
    await refreshAccount();
    tell(t("password.changed"));
  });
  return (
    <Form action={save} submit={t("password.change")} fields={["current_password", "new_password"]}>
      {hasPassword && (
        <Field label={t("password.current")} value={current} onInput={setCurrent} type="password" autoComplete="current-password" error={fieldError(save, "current_password")} required />
      )}
      <Field label={t("password.new")} hint={t("password.hint")} value={wanted} onInput={setWanted} type="password" autoComplete="new-password" error={fieldError(save, "new_password")} required />
    </Form>
  );
}

function Codes({ codes }: { codes: string[] }) {
  return (
    <Note tone="warning">
      <p>{t("secondFactor.codes")}</p>
      <Command label={t("secondFactor.codesLabel")} text={codes.join("\n")} />
    </Note>
  );
}

function ConfirmSecondFactor({ setup, done }: { setup: SecondFactorSetup; done: (codes: string[]) => void }) {
  const [code, setCode] = useState("");
  const confirm = useAction(async () => {
    const body = { code };
    done((await call<RecoveryCodes>("POST", "/account/second-factor/confirm", { body })).recovery_codes);
    await refreshAccount();
  });
  return (
    <>
      <p>{t("secondFactor.add")}</p>
      <Command label={t("secondFactor.secret")} text={setup.secret} />
      <p>
        <a href={setup.uri}>{t("secondFactor.open")}</a>
      </p>
      <Form action={confirm} submit={t("secondFactor.confirm")}>
        <Field label={t("code")} value={code} onInput={setCode} inputMode="numeric" autoComplete="one-time-code" required />
      </Form>
    </>
  );
}

function SecondFactor() {
  const on = account.value?.second_factor ?? false;
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [setup, setSetup] = useState<SecondFactorSetup | undefined>();
  const [codes, setCodes] = useState<string[]>([]);
  const begin = useAction(async () => {
    setSetup(await call<SecondFactorSetup>("POST", "/account/second-factor", { body: { password } }));
    setPassword("");
  });
  const disable = useAction(async () => {
    await call("POST", "/account/second-factor/disable", { body: { password, code } });
    setPassword("");
    setCode("");
    setCodes([]);
    setSetup(undefined);
    await refreshAccount();
  });
  return (
    <div class="stack">
      <p>
        {on ? <Badge text={t("secondFactor.on")} tone="good" /> : <Badge text={t("secondFactor.off")} tone="warning" />}{" "}
        {on && t("secondFactor.left", { count: account.value?.recovery_codes_left ?? 0 })}
      </p>
      {codes.length > 0 && <Codes codes={codes} />}
      {setup !== undefined && !on ? (
        <ConfirmSecondFactor setup={setup} done={setCodes} />
      ) : (
        <Form action={on ? disable : begin} submit={on ? t("secondFactor.disable") : t("secondFactor.begin")} danger={on}>
          {account.value?.has_password && (
            <Field label={t("password.current")} value={password} onInput={setPassword} type="password" autoComplete="current-password" required />
          )}
          {on && <Field label={t("code")} hint={t("code.hint")} value={code} onInput={setCode} autoComplete="one-time-code" required />}
        </Form>
      )}
    </div>
  );
}

function EncryptedPassword() {
  const [password, setPassword] = useState("");
  const [made, setMade] = useState<NewToken | undefined>();
  const generate = useAction(async () => {
    setMade(await call<NewToken>("POST", "/account/encrypted-password", { body: { password } }));
    setPassword("");
  });
  return (
    <div class="stack">
      <p>{t("encryptedPassword.text")}</p>
      {made === undefined ? (
        <Form action={generate} submit={t("encryptedPassword.generate")}>
          {account.value?.has_password && (
            <Field label={t("password.current")} value={password} onInput={setPassword} type="password" name="password" autoComplete="current-password" required />
          )}
        </Form>
      ) : (
        <NewTokenView token={made} />
      )}
    </div>
  );
}

function Tokens() {
  const tokens = useListing<Token>("/account/tokens");
  const [title, setTitle] = useState("");
  const [role, setRole] = useState("write");
  const [repositories, setRepositories] = useState("");
  const [until, setUntil] = useState("");
  const [made, setMade] = useState<NewToken | undefined>();
  const create = useAction(async () => {
    const names = repositories.split(/[\s,]+/).filter((name) => name !== "");
    const body = {
      title,
      role,
      ...(names.length === 0 ? {} : { repositories: names }),
      ...(until === "" ? {} : { expires_at: `${until}T00:00:00Z` }),
    };
    setMade(await call<NewToken>("POST", "/account/tokens", { body }));
    setTitle("");
    tokens.reload();
  });
  return (
    <div class="stack">
      <p>{t("tokens.text")}</p>
      {made !== undefined && <NewTokenView token={made} />}
      <Loaded resource={tokens}>
        {(items) => <TokenTable tokens={items} at="/account/tokens" reload={tokens.reload} />}
      </Loaded>
      <More more={tokens.more} />
      <Form action={create} submit={t("tokens.create")} fields={["title", "repositories", "expires_at"]}>
        <Field label={t("tokens.title")} value={title} onInput={setTitle} error={fieldError(create, "title")} required />
        <Select label={t("role")} value={role} options={roleOptions()} onChange={setRole} />
        <Field label={t("tokens.repositories")} hint={t("tokens.repositoriesHint")} value={repositories} onInput={setRepositories} error={fieldError(create, "repositories")} />
        <Field label={t("tokens.expires")} hint={t("optional")} value={until} onInput={setUntil} type="date" error={fieldError(create, "expires_at")} />
      </Form>
    </div>
  );
}

function Sessions() {
  const sessions = useListing<SessionItem>("/account/sessions");
  const revoke = async (session: SessionItem) => {
    await call("DELETE", `/account/sessions/${encodeURIComponent(session.id)}`);
    sessions.reload();
  };
  return (
    <Loaded resource={sessions}>
      {(items) => (
        <>
          <ul class="layer-stack">
            {items.map((session) => (
              <li class="layer" key={session.id}>
                <div class="row">
                  <strong>{session.address}</strong>
                  {session.current && <Badge text={t("sessions.current")} tone="good" />}
                  <span class="muted">
                    {t("sessions.used")} <Age time={session.used_at} />
                  </span>
                  {!session.current && (
                    <button type="button" class="button-small button-danger" onClick={() => void revoke(session)}>
                      {t("revoke")}
                    </button>
                  )}
                </div>
                <span class="muted">{session.user_agent}</span>
              </li>
            ))}
          </ul>
          <More more={sessions.more} />
        </>
      )}
    </Loaded>
  );
}

const SECTIONS = {
  profile: Profile,
  password: Password,
  "second-factor": SecondFactor,
  "encrypted-password": EncryptedPassword,
  tokens: Tokens,
  sessions: Sessions,
  identities: ConnectedIdentities,
};

export default function AccountPage() {
  const { params } = useRoute();
  const section = params["section"] || "profile";
  const links = (Object.keys(SECTIONS) as (keyof typeof SECTIONS)[]).map((name) => ({
    href: `/account/${name}`,
    text: t(`account.${name}`),
  }));
  const Section = SECTIONS[section as keyof typeof SECTIONS];
  if (Section === undefined) return <NotFound />;
  return (
    <>
      <PageTitle title={t("account")} />
      <div class="split split-menu">
        <Tabs kind="menu" label={t("account")} links={links} current={`/account/${section}`} />
        <section class="card" aria-labelledby="section">
          <h2 id="section">{t(`account.${section as keyof typeof SECTIONS}`)}</h2>
          <Section />
        </section>
      </div>
    </>
  );
}
