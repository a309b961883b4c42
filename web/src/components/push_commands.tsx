import { t } from "../i18n";
import { about, account } from "../state/session";
import { Command } from "./copy";

// The exact commands that fill an empty repository, as the reader can paste them.
export function PushCommands({ repository }: { repository: string }) {
  const registry = about.value?.registry ?? location.host;
  const name = `${registry}/${repository}`;
  const who = account.value?.name;
  const login = who === undefined ? `docker login ${registry}` : `docker login -u ${who} ${registry}`;
  return (
    <section class="stack" aria-labelledby="push-commands">
      <h2 id="push-commands">{t("push.title")}</h2>
      <p class="muted">
        {t("push.text")} <a href="/account/encrypted-password">{t("encryptedPassword")}</a>
      </p>
      <Command label={t("push.login")} text={login} />
      <Command label={t("push.build")} text={`docker build -t ${name} .`} />
      <Command label={t("push.push")} text={`docker push ${name}`} />
      <p class="muted">{t("push.alike")}</p>
    </section>
  );
}
