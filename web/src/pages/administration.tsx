// What the administrators of the registry see.
import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { call, path } from "../api/client";
import type { About, Health, Invitation, NewInvitation, Quota, RunningUpload, Storage, User } from "../api/types";
import { Command } from "../components/copy";
import { Loaded, More, Note, NotFound, Refusal } from "../components/feedback";
import { Field, Form, Select, fieldError } from "../components/form";
import { Facts, PageTitle, Tabs } from "../components/layout";
import { Age, Badge } from "../components/values";
import { formatBytes, formatNumber, t } from "../i18n";
import { useAction, useListing, useResource } from "../state/resource";
import { about, account } from "../state/session";

function UserRow({ user, reload }: { user: User; reload: () => void }) {
  const own = path`/admin/users/${user.name}`;
  const disable = useAction(async () => {
    await call("PATCH", own, { body: { disabled: !user.disabled } });
    reload();
  });
  const promote = useAction(async () => {
    await call("PATCH", own, { body: { is_admin: !user.is_admin } });
    reload();
  });
  return (
    <tr>
      <th scope="row">
        {user.name} {user.is_admin && <Badge text={t("administrator")} tone="accent" />}
        {user.disabled && <Badge text={t("users.disabled")} tone="danger" />}
        <div class="muted">{user.email}</div>
      </th>
      <td class="number" data-label={t("repositories")}>{formatNumber(user.repositories)}</td>
      <td class="number" data-label={t("size")}>{formatBytes(user.size_bytes)}</td>
      <td data-label={t("tokens.used")}>{user.used_at === null ? t("never") : <Age time={user.used_at} />}</td>
      <td>
        <div class="row">
          <button type="button" class="button-small" disabled={promote.busy} onClick={() => void promote.run()}>
            {user.is_admin ? t("users.demote") : t("users.promote")}
            <span class="visually-hidden"> {user.name}</span>
          </button>
          <button type="button" class="button-small button-danger" disabled={disable.busy} onClick={() => void disable.run()}>
            {user.disabled ? t("users.enable") : t("users.disable")}
            <span class="visually-hidden"> {user.name}</span>
          </button>
        </div>
        <Refusal error={disable.error ?? promote.error} />
      </td>
    </tr>
  );
}

function Users() {
  const [wanted, setWanted] = useState("");
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const users = useListing<User>("/admin/users", { q: wanted, limit: 50 });
  const create = useAction(async () => {
    await call("POST", "/admin/users", { body: { username, password } });
    setUsername("");
    setPassword("");
    users.reload();
  });
  return (
    <div class="stack">
      <Field label={t("users.filter")} value={wanted} onInput={setWanted} type="search" />
      <Loaded resource={users}>
        {(items) => (
          <div class="table-scroll">
            <table class="cards-when-narrow">
              <thead>
                <tr>
                  <th scope="col">{t("username")}</th>
                  <th scope="col" class="number">{t("repositories")}</th>
                  <th scope="col" class="number">{t("size")}</th>
                  <th scope="col">{t("tokens.used")}</th>
                  <th scope="col">{t("actions")}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((user) => (
                  <UserRow key={user.name} user={user} reload={users.reload} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
      <More more={users.more} />
      <section class="card" aria-labelledby="create-user">
        <h2 id="create-user">{t("users.create")}</h2>
        <Form action={create} submit={t("users.create")} fields={["username", "password"]}>
          <Field label={t("username")} value={username} onInput={setUsername} autoComplete="off" error={fieldError(create, "username")} required />
          <Field label={t("password")} value={password} onInput={setPassword} type="password" autoComplete="new-password" error={fieldError(create, "password")} required />
        </Form>
      </section>
    </div>
  );
}

function Invitations() {
  const invitations = useListing<Invitation>("/admin/invitations");
  const [made, setMade] = useState<NewInvitation | undefined>();
  const create = useAction(async () => {
    setMade(await call<NewInvitation>("POST", "/admin/invitations", { body: {} }));
    invitations.reload();
  });
  const revoke = async (invitation: Invitation) => {
    await call("DELETE", `/admin/invitations/${invitation.id}`);
    invitations.reload();
  };
  return (
    <div class="stack">
      {made !== undefined && <Command label={t("invitation")} text={made.url} />}
      <Loaded resource={invitations}>
        {(items) => (
          <ul class="layer-stack">
            {items.map((invitation) => (
              <li class="row" key={invitation.id}>
                {invitation.email || `#${invitation.id}`} <span class="muted">{invitation.created_by}</span>
                <span class="muted">
                  {t("tokens.expires")} <Age time={invitation.expires_at} />
                </span>
                <button type="button" class="button-small button-danger" onClick={() => void revoke(invitation)}>
                  {t("revoke")}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <More more={invitations.more} />
      <Form action={create} submit={t("invitations.create")}>
        <p class="muted">{t("invitations.text")}</p>
      </Form>
    </div>
  );
}

function StorageSection() {
  const storage = useResource<Storage>("/admin/storage");
  const quota = useResource<Quota>("/admin/quota");
  return (
    <div class="stack">
      <Loaded resource={storage}>
        {(data) => (
          <>
            {data.damaged_blobs > 0 && <Note tone="danger">{t("storage.damaged", { count: data.damaged_blobs })}</Note>}
            <Facts
              facts={[
                [t("repositories"), formatNumber(data.repositories)],
                [t("storage.manifests"), formatNumber(data.manifests)],
                [t("storage.blobs"), formatNumber(data.blobs)],
                [t("size"), formatBytes(data.size_bytes)],
                [t("storage.free"), formatBytes(data.free_bytes)],
                [t("storage.queued"), formatNumber(data.queued_for_collection)],
                [t("storage.toDelete"), formatNumber(data.files_to_delete)],
                [t("storage.deletedRepositories"), formatNumber(data.deleted_repositories)],
                [t("storage.deletedManifests"), formatNumber(data.deleted_manifests)],
              ]}
            />
          </>
        )}
      </Loaded>
      <h2>{t("quota")}</h2>
      <Loaded resource={quota}>
        {(data) => (
          <Facts
            facts={[
              [t("quota.repository"), data.repository_bytes === null ? t("quota.none") : formatBytes(data.repository_bytes)],
              [t("quota.owner"), data.owner_bytes === null ? t("quota.none") : formatBytes(data.owner_bytes)],
              ...Object.entries({ ...data.owners, ...data.repositories }).map(
                ([name, bytes]): [string, string] => [name, formatBytes(bytes)],
              ),
            ]}
          />
        )}
      </Loaded>
    </div>
  );
}

function HealthSection() {
  const health = useResource<Health>("/admin/health");
  const uploads = useListing<RunningUpload>("/admin/uploads");
  return (
    <div class="stack">
      <Loaded resource={health}>
        {(data) => (
          <Facts
            facts={[
              [t("health.state"), data.ready ? <Badge text={t("health.ready")} tone="good" /> : <Badge text={t("health.notReady")} tone="danger" />],
              [t("health.database"), `${data.database}, ${t("health.schema", { version: data.schema_version })}`],
              [t("health.started"), <Age time={data.started_at} />],
              [t("health.requests"), formatNumber(data.requests_running)],
            ]}
          />
        )}
      </Loaded>
      <h2>{t("uploads")}</h2>
      <Loaded resource={uploads}>
        {(items) =>
          items.length === 0 ? (
            <p class="muted">{t("uploads.none")}</p>
          ) : (
            <ul class="layer-stack">
              {items.map((upload) => (
                <li class="row" key={upload.id}>
                  <code>{upload.repository}</code> {upload.account} {formatBytes(upload.bytes)} <Age time={upload.used_at} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <More more={uploads.more} />
    </div>
  );
}

function Messages() {
  const [text, setText] = useState("");
  const [severity, setSeverity] = useState("info");
  const reload = async () => {
    about.value = await call<About>("GET", "/about");
  };
  const publish = useAction(async () => {
    await call("POST", "/admin/messages", { body: { text, severity } });
    setText("");
    await reload();
  });
  const remove = async (id: number) => {
    await call("DELETE", `/admin/messages/${id}`);
    await reload();
  };
  return (
    <div class="stack">
      <p class="muted">{t("messages.text")}</p>
      <ul class="layer-stack">
        {(about.value?.messages ?? []).map((message) => (
          <li class="row" key={message.id}>
            <span>{message.text}</span>
            <button type="button" class="button-small button-danger" onClick={() => void remove(message.id)}>
              {t("remove")}
            </button>
          </li>
        ))}
      </ul>
      <Form action={publish} submit={t("messages.publish")} fields={["text"]}>
        <Field label={t("messages.message")} value={text} onInput={setText} error={fieldError(publish, "text")} required />
        <Select
          label={t("messages.severity")}
          value={severity}
          options={(["info", "warning", "error"] as const).map((value) => ({ value, text: t(`severity.${value}`) }))}
          onChange={setSeverity}
        />
      </Form>
    </div>
  );
}

const SECTIONS = {
  users: Users,
  invitations: Invitations,
  storage: StorageSection,
  health: HealthSection,
  messages: Messages,
};
type Section = keyof typeof SECTIONS;

export default function Administration() {
  const { params } = useRoute();
  const section = (params["section"] || "users") as Section;
  const Content = SECTIONS[section];
  if (!account.value?.is_admin || Content === undefined) return <NotFound />;
  const links = (Object.keys(SECTIONS) as Section[]).map((key) => ({
    href: `/administration/${key}`,
    text: t(`administration.${key}`),
  }));
  links.push({ href: "/audit", text: t("audit") });
  return (
    <>
      <PageTitle title={t("administration")} />
      <div class="split split-menu">
        <Tabs kind="menu" label={t("administration")} links={links} current={`/administration/${section}`} />
        <section class="stack" aria-labelledby="section">
          <h2 id="section">{t(`administration.${section}`)}</h2>
          <Content />
        </section>
      </div>
    </>
  );
}
