import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { call } from "../api/client";
import type { Repository } from "../api/types";
import { Choices, Field, Form, Select, fieldError } from "../components/form";
import { PageTitle } from "../components/layout";
import { VisibilityChoice } from "../components/visibility_choice";
import { t } from "../i18n";
import { repositoryPlace } from "../state/places";
import { useAction } from "../state/resource";
import { account } from "../state/session";

// A path component of the OCI distribution specification; several, parted by slashes.
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const LONGEST_NAME = 255;

function whyNot(name: string): string | undefined {
  if (name === "") return undefined;
  if (/[A-Z]/.test(name)) return t("create.lowerCase");
  if (name.length > LONGEST_NAME) return t("create.tooLong", { limit: LONGEST_NAME });
  return NAME.test(name) ? undefined : t("create.badName");
}

export default function CreateRepository() {
  const { route } = useLocation();
  const owners = account.value === null ? [] : [account.value.name, ...account.value.organisations];
  const [owner, setOwner] = useState(owners[0] ?? "");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [visibility, setVisibility] = useState("public");
  const full = `${owner}/${name}`;
  const refused = whyNot(name);
  const action = useAction(async () => {
    if (refused !== undefined) throw new Error(refused);
    const created = await call<Repository>("POST", "/repositories", {
      body: { name: full, visibility, description },
    });
    route(repositoryPlace(created.name));
  });
  return (
    <div class="stack page-narrow">
      <PageTitle title={t("create")} />
      <Form action={action} submit={t("create.submit")} fields={["name", "description"]}>
        <Select
          label={t("owner")}
          value={owner}
          options={owners.map((value) => ({ value, text: value }))}
          onChange={setOwner}
        />
        <Field
          label={t("create.name")}
          hint={name === "" ? t("create.nameHint") : t("create.full", { name: full })}
          value={name}
          onInput={setName}
          error={refused ?? fieldError(action, "name")}
          autoComplete="off"
          required
        />
        <Field
          label={t("description")}
          hint={t("description.hint")}
          value={description}
          onInput={setDescription}
          error={fieldError(action, "description")}
          multiline
        />
        <VisibilityChoice value={visibility} onChange={setVisibility} />
        <Choices
          legend={t("create.content")}
          name="content"
          value="empty"
          options={[{ value: "empty", text: t("create.empty"), hint: t("create.emptyHint") }]}
          onChange={() => undefined}
        />
      </Form>
    </div>
  );
}
