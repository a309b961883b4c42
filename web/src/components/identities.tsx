// Where else the account's owner can sign in.
import { useState } from "preact/hooks";
import { call } from "../api/client";
import type { Identities } from "../api/types";
import { t } from "../i18n";
import { useAction, useResource } from "../state/resource";
import { account } from "../state/session";
import { Empty, Loaded } from "./feedback";
import { Field, Form } from "./form";
import { Badge } from "./values";

type Identity = Identities["items"][number];

function Connect({ identity }: { identity: Identity }) {
  const [password, setPassword] = useState("");
  const connect = useAction(async () => {
    const body = { password, return_to: location.pathname };
    const { url } = await call<{ url: string }>("POST", `/account/identities/${identity.provider}`, { body });
    location.assign(url);
  });
  return (
    <Form action={connect} submit={t("identities.connect", { provider: identity.title })}>
      {account.value?.has_password && (
        <Field label={t("password.current")} value={password} onInput={setPassword} type="password" autoComplete="current-password" required />
      )}
    </Form>
  );
}

function Disconnect({ identity, done }: { identity: Identity; done: () => void }) {
  const disconnect = useAction(async () => {
    await call("DELETE", `/account/identities/${identity.provider}`);
    done();
  });
  return (
    <Form action={disconnect} submit={t("identities.disconnect", { provider: identity.title })} danger>
      <p>
        <Badge text={t("identities.connected", { provider: identity.title })} tone="good" />
      </p>
    </Form>
  );
}

export function ConnectedIdentities() {
  const identities = useResource<Identities>("/account/identities");
  return (
    <Loaded resource={identities}>
      {({ items }) => (
        <div class="stack">
          {items.length === 0 && <Empty>{t("identities.none")}</Empty>}
          {items.map((identity) =>
            identity.connected ? (
              <Disconnect key={identity.provider} identity={identity} done={identities.reload} />
            ) : (
              <Connect key={identity.provider} identity={identity} />
            ),
          )}
        </div>
      )}
    </Loaded>
  );
}
