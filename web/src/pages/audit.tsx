import { useState } from "preact/hooks";
import { query } from "../api/client";
import type { AuditEntry } from "../api/types";
import { Loaded, More } from "../components/feedback";
import { Field, Select } from "../components/form";
import { PageTitle } from "../components/layout";
import { Age, Badge, type Tone } from "../components/values";
import { t } from "../i18n";
import { useListing } from "../state/resource";

const TONE: Record<AuditEntry["outcome"], Tone> = { done: "good", refused: "warning", failed: "danger" };

export default function AuditLog() {
  const [actor, setActor] = useState("");
  const [action, setAction] = useState("");
  const [target, setTarget] = useState("");
  const [outcome, setOutcome] = useState("");
  const filter = { actor, action, target, outcome };
  const entries = useListing<AuditEntry>("/audit", { ...filter, limit: 50 });
  const exported = (format: string) => `/api/v1/audit/export${query({ ...filter, format })}`;
  return (
    <>
      <PageTitle
        title={t("audit")}
        actions={
          <>
            <a class="button button-small" href={exported("csv")} target="_self" download>
              CSV
            </a>
            <a class="button button-small" href={exported("jsonl")} target="_self" download>
              JSON
            </a>
          </>
        }
      />
      <div class="grid-cards">
        <Field label={t("audit.actor")} value={actor} onInput={setActor} type="search" />
        <Field label={t("audit.action")} value={action} onInput={setAction} type="search" />
        <Field label={t("audit.target")} value={target} onInput={setTarget} type="search" />
        <Select
          label={t("audit.outcome")}
          value={outcome}
          options={[
            { value: "", text: t("all") },
            ...Object.keys(TONE).map((value) => ({ value, text: t(`outcome.${value as AuditEntry["outcome"]}`) })),
          ]}
          onChange={setOutcome}
        />
      </div>
      <Loaded resource={entries}>
        {(items) => (
          <div class="table-scroll">
            <table class="cards-when-narrow">
              <thead>
                <tr>
                  <th scope="col">{t("audit.when")}</th>
                  <th scope="col">{t("audit.actor")}</th>
                  <th scope="col">{t("audit.action")}</th>
                  <th scope="col">{t("audit.target")}</th>
                  <th scope="col">{t("audit.outcome")}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((entry) => (
                  <tr key={entry.id}>
                    <td data-label={t("audit.when")}>
                      <Age time={entry.at} />
                    </td>
                    <td data-label={t("audit.actor")}>
                      {entry.actor || "—"}
                      <div class="muted">
                        {entry.address} {entry.credential}
                      </div>
                    </td>
                    <td data-label={t("audit.action")}>
                      <code>{entry.action}</code>
                    </td>
                    <td data-label={t("audit.target")}>
                      {entry.target}
                      <div class="muted">{entry.detail}</div>
                    </td>
                    <td data-label={t("audit.outcome")}>
                      <Badge text={t(`outcome.${entry.outcome}`)} tone={TONE[entry.outcome]} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
      <More more={entries.more} />
    </>
  );
}
