// What stands around every page.
import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { t } from "../i18n";
import { language, theme, type Language, type Theme } from "../state/preferences";
import { signInPlace } from "../state/places";
import { about, account, signOut } from "../state/session";
import { Note, Toasts } from "./feedback";
import { Select } from "./form";
import { Crates } from "./icon";
import { SearchBox } from "./search_box";

const SEVERITY = { info: undefined, warning: "warning", error: "danger" } as const;

function Messages() {
  return (
    <>
      {(about.value?.messages ?? []).map((message) => {
        const tone = SEVERITY[message.severity];
        return (
          <Note key={message.id} {...(tone === undefined ? {} : { tone })}>
            {message.text}
          </Note>
        );
      })}
    </>
  );
}

function AccountTools() {
  const { route } = useLocation();
  const who = account.value;
  if (who === null) {
    return (
      <>
        <a class="button button-small" href={signInPlace()}>
          {t("signIn")}
        </a>
        {about.value?.sign_up === "open" && (
          <a class="button button-small button-primary" href="/sign-up">
            {t("signUp")}
          </a>
        )}
      </>
    );
  }
  const leave = async () => {
    await signOut();
    route("/");
  };
  return (
    <nav class="row" aria-label={t("nav.account")}>
      <a href="/organisations">{t("organisations")}</a>
      {who.is_admin && <a href="/administration">{t("administration")}</a>}
      <a href="/account">{who.name}</a>
      <button type="button" class="button-small" onClick={() => void leave()}>
        {t("signOut")}
      </button>
    </nav>
  );
}

function Preferences() {
  const themes = ["system", "light", "dark"].map((value) => ({
    value,
    text: t(`theme.${value as Theme}`),
  }));
  const languages = [
    { value: "en", text: "English" },
    { value: "es", text: "Español" },
  ];
  return (
    <footer class="page">
      <div class="row">
        <Select
          label={t("language")}
          value={language.value}
          options={languages}
          onChange={(value) => (language.value = value as Language)}
        />
        <Select
          label={t("theme")}
          value={theme.value}
          options={themes}
          onChange={(value) => (theme.value = value as Theme)}
        />
        <span class="muted">estiba {about.value?.version}</span>
      </div>
    </footer>
  );
}

export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip-link" href="#content">
        {t("skip")}
      </a>
      <header class="topbar">
        <a class="brand" href="/">
          <Crates />
          estiba
        </a>
        <SearchBox />
        <div class="topbar-tools">
          <AccountTools />
        </div>
      </header>
      <main id="content" tabIndex={-1} class="page">
        <Messages />
        {children}
      </main>
      <Preferences />
      <Toasts />
    </>
  );
}
