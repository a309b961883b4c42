// The tags, those that share a digest shown together, and what one does with them.
import { useState } from "preact/hooks";
import { call, path } from "../../api/client";
import type { Platform, Tag } from "../../api/types";
import { Dialog } from "../../components/dialog";
import { Empty, Loaded, More, tell } from "../../components/feedback";
import { Field, Form, Select } from "../../components/form";
import { PushCommands } from "../../components/push_commands";
import { Age, Badge, Digest } from "../../components/values";
import { formatBytes, formatNumber, t } from "../../i18n";
import { repositoryPlace } from "../../state/places";
import { useAction, useListing } from "../../state/resource";
import { mayWrite, useLiveEvents, type ViewProps } from ".";

export function platformText(platform: Platform): string {
  const variant = platform.variant === "" ? "" : `/${platform.variant}`;
  return `${platform.os}/${platform.architecture}${variant}`;
}

interface TagGroup {
  digest: string;
  tags: Tag[];
}

// Tags of one digest stand together, at the place of the first of them.
function grouped(tags: Tag[]): TagGroup[] {
  const groups = new Map<string, TagGroup>();
  for (const tag of tags) {
    const group = groups.get(tag.digest) ?? { digest: tag.digest, tags: [] };
    group.tags.push(tag);
    groups.set(tag.digest, group);
  }
  return [...groups.values()];
}

function tagPath(repository: string, tag: string): string {
  return path`/repositories/${repository}/tags/${tag}`;
}

function CopyTag({ repository, tag, onClose, changed }: {
  repository: string;
  tag: Tag;
  onClose: () => void;
  changed: () => void;
}) {
  const [name, setName] = useState("");
  const action = useAction(async () => {
    await call("PUT", tagPath(repository, name), { body: { digest: tag.digest } });
    tell(t("tag.set", { tag: name, digest: tag.digest.slice(0, 19) }));
    onClose();
    changed();
  });
  return (
    <Dialog title={t("tag.copy", { tag: tag.name })} onClose={onClose}>
      <p>{t("tag.copyText")}</p>
      <Form action={action} submit={t("tag.copySubmit")}>
        <Field label={t("tag.newName")} value={name} onInput={setName} autoComplete="off" required />
      </Form>
    </Dialog>
  );
}

function MoveTag({ repository, tag, onClose, changed }: {
  repository: string;
  tag: Tag;
  onClose: () => void;
  changed: () => void;
}) {
  const [digest, setDigest] = useState("");
  const action = useAction(async () => {
    await call("PUT", tagPath(repository, tag.name), { body: { digest } });
    tell(t("tag.set", { tag: tag.name, digest: digest.slice(0, 19) }));
    onClose();
    changed();
  });
  return (
    <Dialog title={t("tag.move", { tag: tag.name })} onClose={onClose}>
      <p>{t("tag.moveText")}</p>
      <Form action={action} submit={t("tag.moveSubmit")}>
        <Field label={t("digest")} hint={t("digest.hint")} value={digest} onInput={setDigest} autoComplete="off" required />
      </Form>
    </Dialog>
  );
}

function TagActions({ repository, tag, changed }: { repository: string; tag: Tag; changed: () => void }) {
  const [dialog, setDialog] = useState<"copy" | "move" | undefined>();
  const remove = useAction(async () => {
    await call("DELETE", tagPath(repository, tag.name));
    const restore = async () => {
      await call("POST", `${tagPath(repository, tag.name)}/restore`, { body: {} });
      changed();
    };
    tell(t("tag.deleted", { tag: tag.name }), () => void restore());
    changed();
  });
  const protect = useAction(async () => {
    await call(tag.protected ? "DELETE" : "PUT", `${tagPath(repository, tag.name)}/protection`);
    changed();
  });
  const refused = remove.error ?? protect.error;
  return (
    <div class="row">
      <button type="button" class="button-small" onClick={() => setDialog("copy")}>
        {t("tag.copyShort")}
      </button>
      <button type="button" class="button-small" disabled={tag.protected} onClick={() => setDialog("move")}>
        {t("tag.moveShort")}
      </button>
      <button type="button" class="button-small" disabled={protect.busy} onClick={() => void protect.run()}>
        {tag.protected ? t("tag.unprotect") : t("tag.protect")}
      </button>
      <button
        type="button"
        class="button-small button-danger"
        disabled={remove.busy || tag.protected}
        onClick={() => void remove.run()}
      >
        {t("delete")}
      </button>
      {refused && (
        <span class="field-error" role="alert">
          {refused.message}
        </span>
      )}
      {dialog === "copy" && (
        <CopyTag repository={repository} tag={tag} onClose={() => setDialog(undefined)} changed={changed} />
      )}
      {dialog === "move" && (
        <MoveTag repository={repository} tag={tag} onClose={() => setDialog(undefined)} changed={changed} />
      )}
    </div>
  );
}

function TagName({ repository, tag }: { repository: string; tag: Tag }) {
  return (
    <span class="row">
      <a href={repositoryPlace(repository, "image", tag.name)}>
        <strong>{tag.name}</strong>
      </a>
      {tag.protected && <Badge text={t("protected")} tone="accent" />}
      <a class="muted" href={repositoryPlace(repository, "history", tag.name)}>
        {t("repository.history")}
        <span class="visually-hidden"> {tag.name}</span>
      </a>
    </span>
  );
}

function TagTable({ tags, props }: { tags: Tag[]; props: ViewProps & { reload: () => void } }) {
  const { repository } = props;
  return (
    <div class="table-scroll">
      <table class="cards-when-narrow">
        <thead>
          <tr>
            <th scope="col">{t("tag")}</th>
            <th scope="col">{t("digest")}</th>
            <th scope="col" class="number">{t("size")}</th>
            <th scope="col">{t("platforms")}</th>
            <th scope="col">{t("pushed")}</th>
            <th scope="col" class="number">{t("pulls")}</th>
            {mayWrite(repository) && <th scope="col">{t("actions")}</th>}
          </tr>
        </thead>
        {grouped(tags).map((group) => (
          <tbody key={group.digest}>
            {group.tags.map((tag, index) => (
              <tr key={tag.name}>
                <th scope="row">
                  <TagName repository={repository.name} tag={tag} />
                </th>
                {index === 0 && (
                  <td rowSpan={group.tags.length} data-label={t("digest")}>
                    <Digest digest={tag.digest} copy />
                    {group.tags.length > 1 && (
                      <Badge text={t("tags.same", { count: group.tags.length })} tone="accent" />
                    )}
                  </td>
                )}
                <td class="number" data-label={t("size")}>{formatBytes(tag.size_bytes)}</td>
                <td data-label={t("platforms")}>{tag.platforms.map(platformText).join(", ")}</td>
                <td data-label={t("pushed")}>
                  <Age time={tag.pushed_at} />
                  <div class="muted">{tag.pushed_by}</div>
                </td>
                <td class="number" data-label={t("pulls")}>{formatNumber(tag.pulls)}</td>
                {mayWrite(repository) && (
                  <td data-label={t("actions")}>
                    <TagActions repository={repository.name} tag={tag} changed={props.reload} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

export function Tags(props: ViewProps) {
  const { repository } = props;
  const [wanted, setWanted] = useState("");
  const [order, setOrder] = useState("newest");
  const tags = useListing<Tag>(path`/repositories/${repository.name}/tags`, { q: wanted, order, limit: 50 });
  const reload = () => {
    tags.reload();
    props.changed();
  };
  useLiveEvents(repository.name, reload);
  return (
    <section class="stack" aria-label={t("repository.tags")}>
      <div class="row">
        <Field label={t("tags.filter")} value={wanted} onInput={setWanted} type="search" />
        <Select
          label={t("order")}
          value={order}
          options={["newest", "name"].map((value) => ({ value, text: t(value === "name" ? "order.name" : "order.newest") }))}
          onChange={setOrder}
        />
      </div>
      <Loaded resource={tags}>
        {(items) =>
          items.length > 0 ? (
            <TagTable tags={items} props={{ ...props, reload }} />
          ) : wanted === "" && mayWrite(repository) ? (
            <PushCommands repository={repository.name} />
          ) : (
            <Empty>
              <p>{t("tags.none")}</p>
            </Empty>
          )
        }
      </Loaded>
      <More more={tags.more} />
    </section>
  );
}
