import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { call } from "../api/client";
import type { Organisation } from "../api/types";
import { Empty, Loaded, More } from "../components/feedback";
import { Field, Form, fieldError } from "../components/form";
import { PageTitle } from "../components/layout";
import { t } from "../i18n";
import { useAction, useListing } from "../state/resource";
import { refreshAccount } from "../state/session";

function CreateOrganisation() {
  const { route } = useLocation();
  const [name, setName] = useState("");
  const create = useAction(async () => {
    await call("POST", "/organisations", { body: { name } });
    await refreshAccount();
    route(`/organisations/${encodeURIComponent(name)}`);
  });
  return (
    <section class="card" aria-labelledby="create-organisation">
      <h2 id="create-organisation">{t("organisations.create")}</h2>
      <Form action={create} submit={t("organisations.create")} fields={["name"]}>
        <Field label={t("organisations.name")} hint={t("username.hint")} value={name} onInput={setName} error={fieldError(create, "name")} required />
      </Form>
    </section>
  );
}

export default function Organisations() {
  const organisations = useListing<Organisation>("/organisations");
  return (
    <>
      <PageTitle title={t("organisations")} />
      <Loaded resource={organisations}>
        {(items) =>
          items.length === 0 ? (
            <Empty>
              <p>{t("organisations.none")}</p>
            </Empty>
          ) : (
            <div class="grid-cards">
              {items.map((organisation) => (
                <article class="card" key={organisation.name}>
                  <h2>
                    <a href={`/organisations/${encodeURIComponent(organisation.name)}`}>{organisation.name}</a>
                  </h2>
                  <span class="muted">
                    {t("organisations.facts", {
                      repositories: organisation.repositories,
                      members: organisation.members,
                      teams: organisation.teams,
                    })}
                  </span>
                </article>
              ))}
            </div>
          )
        }
      </Loaded>
      <More more={organisations.more} />
      <CreateOrganisation />
    </>
  );
}
