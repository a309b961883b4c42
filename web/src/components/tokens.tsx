// Tokens of people and robots: what was made, shown once, and what exists.
import { call } from "../api/client";
import type { NewToken, Token } from "../api/types";
import { t } from "../i18n";
import { Command } from "./copy";
import { Empty, Note } from "./feedback";
import { Age, Badge } from "./values";

export function NewTokenView({ token }: { token: NewToken }) {
  const commands: [string, string][] = [
    ["docker login", token.commands.docker],
    ["podman login", token.commands.podman],
    ["estiba login", token.commands.estiba],
    ["~/.docker/config.json", token.commands.config_json],
    [t("tokens.kubernetes"), token.commands.kubernetes],
  ];
  return (
    <div class="stack">
      <Note tone="warning">{t("tokens.once")}</Note>
      <h2>{t("username")}</h2>
      <Command label={t("username")} text={token.username} />
      <h2>{t("tokens.secret")}</h2>
      <Command label={t("tokens.secret")} text={token.secret} />
      {commands.map(([label, text]) => (
        <div class="stack" key={label}>
          <h2>{label}</h2>
          <Command label={label} text={text} />
        </div>
      ))}
    </div>
  );
}

export function TokenTable({ tokens, at, reload }: { tokens: Token[]; at: string; reload: () => void }) {
  const revoke = async (token: Token) => {
    await call("DELETE", `${at}/${token.id}`);
    reload();
  };
  if (tokens.length === 0) {
    return (
      <Empty>
        <p>{t("tokens.none")}</p>
      </Empty>
    );
  }
  return (
    <div class="table-scroll">
      <table class="cards-when-narrow">
        <thead>
          <tr>
            <th scope="col">{t("tokens.title")}</th>
            <th scope="col">{t("role")}</th>
            <th scope="col">{t("tokens.used")}</th>
            <th scope="col">{t("tokens.expires")}</th>
            <th scope="col">{t("actions")}</th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <th scope="row">
                {token.title} <Badge text={t(`token.${token.kind}`)} />
                {token.repositories.length > 0 && <div class="muted">{token.repositories.join(", ")}</div>}
              </th>
              <td data-label={t("role")}>{t(`role.${token.role}`)}</td>
              <td data-label={t("tokens.used")}>
                {token.used_at === null ? t("never") : <Age time={token.used_at} />}
                <div class="muted">{token.used_from}</div>
              </td>
              <td data-label={t("tokens.expires")}>{token.expires_at === null ? t("never") : <Age time={token.expires_at} />}</td>
              <td>
                <button type="button" class="button-small button-danger" onClick={() => void revoke(token)}>
                  {t("revoke")}
                  <span class="visually-hidden"> {token.title}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
