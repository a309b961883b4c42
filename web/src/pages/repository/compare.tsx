// Any two images beside each other: instructions, config, files, packages.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { path, query } from "../../api/client";
import type { Comparison, Difference, FileDifference, PackageDifference } from "../../api/types";
import { Loaded, Note } from "../../components/feedback";
import { Field } from "../../components/form";
import { Badge, Digest, type Tone } from "../../components/values";
import { formatBytes, t } from "../../i18n";
import { repositoryPlace } from "../../state/places";
import { useResource } from "../../state/resource";
import type { ViewProps } from ".";

const TONE: Record<"added" | "removed" | "changed", Tone> = {
  added: "good",
  changed: "warning",
  removed: "danger",
};

interface Row {
  name: string;
  change: "added" | "removed" | "changed";
  from: string;
  to: string;
}

function Differences({ title, rows }: { title: string; rows: Row[] }) {
  return (
    <section class="stack" aria-label={title}>
      <h3>
        {title} <span class="muted">({rows.length})</span>
      </h3>
      {rows.length === 0 ? (
        <p class="muted">{t("compare.same")}</p>
      ) : (
        <div class="table-scroll">
          <table class="cards-when-narrow">
            <thead>
              <tr>
                <th scope="col">{t("compare.change")}</th>
                <th scope="col">{t("compare.what")}</th>
                <th scope="col">{t("compare.before")}</th>
                <th scope="col">{t("compare.after")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.name}${row.change}`}>
                  <td>
                    <Badge text={t(`change.${row.change}`)} tone={TONE[row.change]} />
                  </td>
                  <th scope="row">
                    <code>{row.name}</code>
                  </th>
                  <td data-label={t("compare.before")}>{row.from}</td>
                  <td data-label={t("compare.after")}>{row.to}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const ofValue = (item: Difference | PackageDifference): Row => ({
  name: item.name,
  change: item.change,
  from: item.from ?? "",
  to: item.to ?? "",
});

const bytes = (size: number | null) => (size === null ? "" : formatBytes(size));

const ofFile = (item: FileDifference): Row => ({
  name: item.path,
  change: item.change,
  from: bytes(item.from_bytes),
  to: bytes(item.to_bytes),
});

function Result({ comparison }: { comparison: Comparison }) {
  const growth = comparison.to_bytes - comparison.from_bytes;
  return (
    <>
      <div class="card">
        <div class="row">
          <Digest digest={comparison.from} /> → <Digest digest={comparison.to} />
        </div>
        <p>
          {formatBytes(comparison.from_bytes)} → {formatBytes(comparison.to_bytes)} ({growth >= 0 ? "+" : "−"}
          {formatBytes(Math.abs(growth))}); {t("compare.common", { count: comparison.common_layers })}
        </p>
      </div>
      <Differences title={t("compare.instructions")} rows={comparison.instructions.map(ofValue)} />
      <Differences title={t("image.config")} rows={comparison.config.map(ofValue)} />
      <Differences title={t("compare.packages")} rows={comparison.packages.map(ofValue)} />
      <Differences title={t("files")} rows={comparison.files.map(ofFile)} />
      {comparison.files_truncated && <Note tone="warning">{t("compare.truncated")}</Note>}
    </>
  );
}

export default function Compare({ repository }: ViewProps) {
  const location = useLocation();
  const chosen = { from: location.query["from"] ?? "", to: location.query["to"] ?? "" };
  const [from, setFrom] = useState(chosen.from);
  const [to, setTo] = useState(chosen.to);
  const complete = chosen.from !== "" && chosen.to !== "";
  const comparison = useResource<Comparison>(
    complete ? path`/repositories/${repository.name}/compare` + query(chosen) : null,
  );
  const submit = (event: Event) => {
    event.preventDefault();
    location.route(repositoryPlace(repository.name, "compare") + query({ from, to }));
  };
  return (
    <section class="stack" aria-labelledby="compare">
      <h2 id="compare">{t("repository.compare")}</h2>
      <form class="stack card" onSubmit={submit}>
        <Field label={t("compare.from")} hint={t("compare.hint")} value={from} onInput={setFrom} required />
        <Field label={t("compare.to")} value={to} onInput={setTo} required />
        <div class="row">
          <button type="submit" class="button-primary">
            {t("compare.submit")}
          </button>
        </div>
      </form>
      {complete && <Loaded resource={comparison}>{(data) => <Result comparison={data} />}</Loaded>}
    </section>
  );
}
