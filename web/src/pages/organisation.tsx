import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { call, path } from "../api/client";
import type { Member, NewToken, Organisation, Repository, Robot, Team } from "../api/types";
import { Loaded, More, NotFound } from "../components/feedback";
import { Field, Form, Select, fieldError } from "../components/form";
import { PageTitle, Tabs } from "../components/layout";
import { Permissions, roleOptions } from "../components/permissions";
import { RepositoryList } from "../components/repository_list";
import { NewTokenView } from "../components/tokens";
import { Age, Badge } from "../components/values";
import { t } from "../i18n";
import { useAction, useListing, useResource } from "../state/resource";

interface SectionProps {
  name: string;
}

function Repositories({ name }: SectionProps) {
  const repositories = useListing<Repository>("/repositories", { owner: name, limit: 24 });
  return (
    <>
      <Loaded resource={repositories}>{(items) => <RepositoryList repositories={items} />}</Loaded>
      <More more={repositories.more} />
    </>
  );
}

function TeamMembers({ at }: { at: string }) {
  const members = useListing<Member>(`${at}/members`);
  const [account, setAccount] = useState("");
  const add = useAction(async () => {
    await call("PUT", `${at}/members/${encodeURIComponent(account)}`);
    setAccount("");
    members.reload();
  });
  const remove = async (member: Member) => {
    await call("DELETE", `${at}/members/${encodeURIComponent(member.name)}`);
    members.reload();
  };
  return (
    <>
      <Loaded resource={members}>
        {(items) => (
          <ul class="layer-stack">
            {items.map((member) => (
              <li class="row" key={member.name}>
                {member.name}
                <button type="button" class="button-small button-danger" onClick={() => void remove(member)}>
                  {t("remove")}
                  <span class="visually-hidden"> {member.name}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <More more={members.more} />
      <Form action={add} submit={t("teams.addMember")}>
        <Field label={t("username")} value={account} onInput={setAccount} autoComplete="off" required />
      </Form>
    </>
  );
}

function Teams({ name }: SectionProps) {
  const at = path`/organisations/${name}/teams`;
  const teams = useListing<Team>(at);
  const [team, setTeam] = useState("");
  const [role, setRole] = useState("");
  const create = useAction(async () => {
    await call("POST", at, { body: { name: team, role: role === "" ? null : role } });
    setTeam("");
    teams.reload();
  });
  const remove = async (gone: Team) => {
    await call("DELETE", `${at}/${encodeURIComponent(gone.name)}`);
    teams.reload();
  };
  return (
    <div class="stack">
      <Loaded resource={teams}>
        {(items) =>
          items.map((item) => (
            <section class="card" key={item.name} aria-label={item.name}>
              <div class="row">
                <h2>{item.name}</h2>
                {item.role !== null && <Badge text={t(`role.${item.role}`)} tone="accent" />}
                <button type="button" class="button-small button-danger" onClick={() => void remove(item)}>
                  {t("delete")}
                  <span class="visually-hidden"> {item.name}</span>
                </button>
              </div>
              <TeamMembers at={`${at}/${encodeURIComponent(item.name)}`} />
            </section>
          ))
        }
      </Loaded>
      <More more={teams.more} />
      <Form action={create} submit={t("teams.create")} fields={["name"]}>
        <Field label={t("teams.name")} value={team} onInput={setTeam} error={fieldError(create, "name")} required />
        <Select label={t("teams.role")} value={role} options={[{ value: "", text: t("teams.noRole") }, ...roleOptions()]} onChange={setRole} />
      </Form>
    </div>
  );
}

function Members({ name }: SectionProps) {
  const members = useListing<Member>(path`/organisations/${name}/members`);
  return (
    <>
      <Loaded resource={members}>
        {(items) => (
          <ul class="layer-stack">
            {items.map((member) => (
              <li class="row" key={member.name}>
                <strong>{member.name}</strong>
                {member.teams.map((team) => (
                  <Badge key={team} text={team} />
                ))}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <More more={members.more} />
    </>
  );
}

function Robots({ name }: SectionProps) {
  const at = path`/namespaces/${name}/robots`;
  const robots = useListing<Robot>(at);
  const [robot, setRobot] = useState("");
  const [made, setMade] = useState<NewToken | undefined>();
  const create = useAction(async () => {
    await call("POST", at, { body: { name: robot } });
    setRobot("");
    robots.reload();
  });
  const newToken = async (of: Robot) => {
    const body = { title: of.name, role: "write" };
    setMade(await call<NewToken>("POST", `${at}/${encodeURIComponent(of.name)}/tokens`, { body }));
    robots.reload();
  };
  const remove = async (gone: Robot) => {
    await call("DELETE", `${at}/${encodeURIComponent(gone.name)}`);
    robots.reload();
  };
  return (
    <div class="stack">
      <p class="muted">{t("robots.text")}</p>
      {made !== undefined && <NewTokenView token={made} />}
      <Loaded resource={robots}>
        {(items) => (
          <ul class="layer-stack">
            {items.map((item) => (
              <li class="layer" key={item.name}>
                <div class="row">
                  <strong>{item.name}</strong>
                  <span class="muted">{item.used_at === null ? t("never") : <Age time={item.used_at} />}</span>
                  <button type="button" class="button-small" onClick={() => void newToken(item)}>
                    {t("robots.token")}
                    <span class="visually-hidden"> {item.name}</span>
                  </button>
                  <button type="button" class="button-small button-danger" onClick={() => void remove(item)}>
                    {t("delete")}
                    <span class="visually-hidden"> {item.name}</span>
                  </button>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <More more={robots.more} />
      <Form action={create} submit={t("robots.create")} fields={["name"]}>
        <Field label={t("robots.name")} value={robot} onInput={setRobot} error={fieldError(create, "name")} required />
      </Form>
    </div>
  );
}

function NamespacePermissions({ name }: SectionProps) {
  return (
    <div class="stack">
      <Permissions at={path`/namespaces/${name}/permissions`} title={t("permissions")} text={t("permissions.namespace")} />
      <Permissions at={path`/namespaces/${name}/default-permissions`} title={t("permissions.defaults")} text={t("permissions.defaultsText")} />
    </div>
  );
}

const SECTIONS = {
  repositories: Repositories,
  teams: Teams,
  members: Members,
  robots: Robots,
  permissions: NamespacePermissions,
};
type Section = keyof typeof SECTIONS;

export default function OrganisationPage() {
  const { params } = useRoute();
  const name = params["name"] ?? "";
  const section = (params["section"] || "repositories") as Section;
  const organisation = useResource<Organisation>(path`/organisations/${name}`);
  const Content = SECTIONS[section];
  if (Content === undefined) return <NotFound />;
  return (
    <Loaded resource={organisation}>
      {(data) => {
        const visible = (Object.keys(SECTIONS) as Section[]).filter(
          (key) => data.role === "admin" || key === "repositories" || key === "members",
        );
        const place = (key: Section) => `/organisations/${encodeURIComponent(name)}/${key}`;
        return (
          <>
            <PageTitle title={data.display_name || data.name} />
            <Tabs
              label={data.name}
              links={visible.map((key) => ({ href: place(key), text: t(`organisation.${key}`) }))}
              current={place(section)}
            />
            <Content name={name} />
          </>
        );
      }}
    </Loaded>
  );
}
