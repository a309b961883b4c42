import { lazy } from "preact-iso";
import { useState } from "preact/hooks";
import { call, path } from "../../api/client";
import { Command } from "../../components/copy";
import { Field, Form } from "../../components/form";
import { Facts } from "../../components/layout";
import { PushCommands } from "../../components/push_commands";
import { Age } from "../../components/values";
import { formatBytes, formatNumber, t } from "../../i18n";
import { useAction } from "../../state/resource";
import { about } from "../../state/session";
import { mayWrite, type ViewProps } from ".";

const Markdown = lazy(() => import("../../components/markdown"));

function Description({ repository, changed }: ViewProps) {
  const [editing, setEditing] = useState(false);
  const [text, setText] = useState(repository.description);
  const save = useAction(async () => {
    await call("PATCH", path`/repositories/${repository.name}`, { body: { description: text } });
    setEditing(false);
    changed();
  });
  if (editing) {
    return (
      <Form action={save} submit={t("save")}>
        <Field label={t("description")} hint={t("description.hint")} value={text} onInput={setText} multiline />
      </Form>
    );
  }
  return (
    <section class="card" aria-label={t("description")}>
      {repository.description === "" ? (
        <p class="muted">{t("description.none")}</p>
      ) : (
        <Markdown text={repository.description} />
      )}
      {mayWrite(repository) && (
        <div class="row">
          <button type="button" class="button-small" onClick={() => setEditing(true)}>
            {t("edit")}
          </button>
        </div>
      )}
    </section>
  );
}

export function Overview(props: ViewProps) {
  const { repository } = props;
  const registry = about.value?.registry ?? location.host;
  return (
    <div class="split">
      <div class="stack">
        <Description {...props} />
        {repository.tags === 0 && mayWrite(repository) && <PushCommands repository={repository.name} />}
      </div>
      <aside class="stack" aria-label={t("facts")}>
        <div class="card">
          <Facts
            facts={[
              [t("owner"), repository.owner ?? "—"],
              [t("repository.tags"), formatNumber(repository.tags)],
              [t("size"), formatBytes(repository.size_bytes)],
              [t("pulls"), formatNumber(repository.pulls)],
              [t("created"), <Age time={repository.created_at} />],
            ]}
          />
        </div>
        {repository.tags > 0 && (
          <div class="stack">
            <h2>{t("pull")}</h2>
            <Command label={t("pull")} text={`docker pull ${registry}/${repository.name}`} />
          </div>
        )}
      </aside>
    </div>
  );
}
