// Who may do what: the same table for a repository, a namespace and its defaults.
import { useState } from "preact/hooks";
import { call } from "../api/client";
import type { Permission, Role } from "../api/types";
import { t } from "../i18n";
import { useAction, useListing } from "../state/resource";
import { Loaded, More, Refusal } from "./feedback";
import { Field, Form, Select, fieldError } from "./form";
import { Badge } from "./values";

const ROLES: Role[] = ["read", "write", "admin"];

export function roleOptions() {
  return ROLES.map((value) => ({ value, text: t(`role.${value}`) }));
}

function Row({ at, permission, reload }: { at: string; permission: Permission; reload: () => void }) {
  const own = `${at}/${encodeURIComponent(permission.grantee)}`;
  const [role, setRole] = useState<string>(permission.role);
  const change = useAction(async () => {
    await call("PUT", own, { body: { role } });
    reload();
  });
  const remove = useAction(async () => {
    await call("DELETE", own);
    reload();
  });
  return (
    <tr>
      <th scope="row">
        {permission.grantee} <Badge text={t(`kind.${permission.kind}`)} />
      </th>
      <td>
        <Select
          label={t("permissions.roleOf", { who: permission.grantee })}
          hideLabel
          value={role}
          options={roleOptions()}
          onChange={setRole}
        />
      </td>
      <td>
        <div class="row">
          <button type="button" class="button-small" disabled={role === permission.role || change.busy} onClick={() => void change.run()}>
            {t("save")}
          </button>
          <button type="button" class="button-small button-danger" disabled={remove.busy} onClick={() => void remove.run()}>
            {t("remove")}
          </button>
        </div>
        <Refusal error={change.error ?? remove.error} />
      </td>
    </tr>
  );
}

export function Permissions({ at, title, text }: { at: string; title: string; text: string }) {
  const permissions = useListing<Permission>(at);
  const [grantee, setGrantee] = useState("");
  const [role, setRole] = useState("read");
  const add = useAction(async () => {
    await call("PUT", `${at}/${encodeURIComponent(grantee)}`, { body: { role } });
    setGrantee("");
    permissions.reload();
  });
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      <p class="muted">{text}</p>
      <Loaded resource={permissions}>
        {(items) =>
          items.length > 0 && (
            <div class="table-scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t("permissions.who")}</th>
                    <th scope="col">{t("role")}</th>
                    <th scope="col">{t("actions")}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((permission) => (
                    <Row key={`${permission.grantee}${permission.role}`} at={at} permission={permission} reload={permissions.reload} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
      <More more={permissions.more} />
      <Form action={add} submit={t("permissions.add")} fields={["grantee"]}>
        <Field
          label={t("permissions.who")}
          hint={t("permissions.whoHint")}
          value={grantee}
          onInput={setGrantee}
          autoComplete="off"
          error={fieldError(add, "grantee")}
          required
        />
        <Select label={t("role")} value={role} options={roleOptions()} onChange={setRole} />
      </Form>
    </section>
  );
}
