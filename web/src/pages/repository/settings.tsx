// What only an administrator of the repository sees.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { call, path } from "../../api/client";
import type { ExpiringTag, Immutability, RetentionRule, Webhook } from "../../api/types";
import { Loaded, More, tell } from "../../components/feedback";
import { Checkbox, Field, Form, TypedConfirmation, fieldError } from "../../components/form";
import { Permissions } from "../../components/permissions";
import { Age, Badge } from "../../components/values";
import { VisibilityChoice } from "../../components/visibility_choice";
import { t } from "../../i18n";
import { useAction, useListing, useResource } from "../../state/resource";
import type { ViewProps } from ".";

const SECONDS_A_DAY = 86_400;

function Visibility({ repository, changed }: ViewProps) {
  const [visibility, setVisibility] = useState<string>(repository.visibility);
  const save = useAction(async () => {
    await call("PATCH", path`/repositories/${repository.name}`, { body: { visibility } });
    tell(t("saved"));
    changed();
  });
  return (
    <section class="card" aria-label={t("visibility")}>
      <Form action={save} submit={t("save")}>
        <VisibilityChoice value={visibility} onChange={setVisibility} />
      </Form>
    </section>
  );
}

function ImmutabilityEditor({ at, immutability }: { at: string; immutability: Immutability }) {
  const [patterns, setPatterns] = useState(immutability.patterns.join("\n"));
  const save = useAction(async () => {
    const body = { patterns: patterns.split("\n").map((line) => line.trim()).filter((line) => line !== "") };
    await call("PUT", at, { body });
    tell(t("saved"));
  });
  return (
    <Form action={save} submit={t("save")} fields={["patterns"]}>
      <Field
        label={t("immutability.patterns")}
        hint={t("immutability.hint")}
        value={patterns}
        onInput={setPatterns}
        error={fieldError(save, "patterns")}
        multiline
      />
    </Form>
  );
}

function ImmutabilityRules({ name }: { name: string }) {
  const at = path`/repositories/${name}/immutability`;
  const immutability = useResource<Immutability>(at);
  return (
    <section class="card" aria-labelledby="immutability">
      <h2 id="immutability">{t("immutability")}</h2>
      <Loaded resource={immutability}>{(data) => <ImmutabilityEditor at={at} immutability={data} />}</Loaded>
    </section>
  );
}

function ruleText(rule: RetentionRule): string {
  const parts = [t("retention.matching", { pattern: rule.pattern })];
  if (rule.keep_last !== null) parts.push(t("retention.last", { count: rule.keep_last }));
  if (rule.keep_younger_seconds !== null) {
    parts.push(t("retention.younger", { count: Math.round(rule.keep_younger_seconds / SECONDS_A_DAY) }));
  }
  return parts.join(", ");
}

function AddRule({ at, reload }: { at: string; reload: () => void }) {
  const [pattern, setPattern] = useState("*");
  const [last, setLast] = useState("");
  const [days, setDays] = useState("");
  const add = useAction(async () => {
    const body = {
      pattern,
      ...(last === "" ? {} : { keep_last: Number(last) }),
      ...(days === "" ? {} : { keep_younger_seconds: Number(days) * SECONDS_A_DAY }),
    };
    await call("POST", at, { body });
    reload();
  });
  return (
    <Form action={add} submit={t("retention.add")} fields={["pattern"]}>
      <Field label={t("retention.pattern")} value={pattern} onInput={setPattern} error={fieldError(add, "pattern")} required />
      <Field label={t("retention.keepLast")} value={last} onInput={setLast} type="number" />
      <Field label={t("retention.keepDays")} value={days} onInput={setDays} type="number" />
    </Form>
  );
}

function Retention({ name }: { name: string }) {
  const at = path`/repositories/${name}/retention`;
  const rules = useListing<RetentionRule>(at);
  const preview = useListing<ExpiringTag>(`${at}/preview`);
  const reload = () => {
    rules.reload();
    preview.reload();
  };
  const remove = async (rule: RetentionRule) => {
    await call("DELETE", `${at}/${rule.id}`);
    reload();
  };
  const enable = async (enabled: boolean) => {
    await call("PUT", `${at}/enabled`, { body: { enabled } });
    reload();
  };
  return (
    <section class="card" aria-labelledby="retention">
      <h2 id="retention">{t("retention")}</h2>
      <p class="muted">{t("retention.text")}</p>
      <Loaded resource={rules}>
        {(items) => (
          <>
            <ul class="layer-stack">
              {items.map((rule) => (
                <li class="row" key={rule.id}>
                  <span>{ruleText(rule)}</span>
                  <button type="button" class="button-small button-danger" onClick={() => void remove(rule)}>
                    {t("remove")}
                  </button>
                </li>
              ))}
            </ul>
            {items.length > 0 && (
              <Checkbox
                label={t("retention.enabled")}
                checked={items.every((rule) => rule.enabled)}
                onChange={(enabled) => void enable(enabled)}
              />
            )}
          </>
        )}
      </Loaded>
      <Loaded resource={preview}>
        {(tags) =>
          tags.length > 0 && (
            <p>
              {t("retention.preview")} {tags.map((tag) => tag.name).join(", ")}
            </p>
          )
        }
      </Loaded>
      <AddRule at={at} reload={reload} />
    </section>
  );
}

const EVENTS: Webhook["events"] = ["push", "pull", "delete", "tag"];

function AddWebhook({ at, reload }: { at: string; reload: () => void }) {
  const [url, setUrl] = useState("");
  const [secret, setSecret] = useState("");
  const [events, setEvents] = useState<Webhook["events"]>(["push"]);
  const add = useAction(async () => {
    await call("POST", at, { body: { url, events, ...(secret === "" ? {} : { secret }) } });
    setUrl("");
    setSecret("");
    reload();
  });
  return (
    <Form action={add} submit={t("webhooks.add")} fields={["url"]}>
      <Field label={t("webhooks.url")} value={url} onInput={setUrl} type="url" error={fieldError(add, "url")} required />
      <Field label={t("webhooks.secret")} hint={t("webhooks.secretHint")} value={secret} onInput={setSecret} type="password" autoComplete="off" />
      <fieldset>
        <legend>{t("webhooks.events")}</legend>
        {EVENTS.map((event) => (
          <Checkbox
            key={event}
            label={t(`event.${event}`)}
            checked={events.includes(event)}
            onChange={(on) => setEvents(on ? [...events, event] : events.filter((other) => other !== event))}
          />
        ))}
      </fieldset>
    </Form>
  );
}

function Webhooks({ name }: { name: string }) {
  const at = path`/repositories/${name}/webhooks`;
  const webhooks = useListing<Webhook>(at);
  const remove = async (webhook: Webhook) => {
    await call("DELETE", `${at}/${webhook.id}`);
    webhooks.reload();
  };
  return (
    <section class="card" aria-labelledby="webhooks">
      <h2 id="webhooks">{t("webhooks")}</h2>
      <Loaded resource={webhooks}>
        {(items) => (
          <ul class="layer-stack">
            {items.map((webhook) => (
              <li class="row" key={webhook.id}>
                <code>{webhook.url}</code>
                {webhook.events.map((event) => (
                  <Badge key={event} text={t(`event.${event}`)} />
                ))}
                <span class="muted">
                  <Age time={webhook.created_at} />
                </span>
                <button type="button" class="button-small button-danger" onClick={() => void remove(webhook)}>
                  {t("remove")}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <More more={webhooks.more} />
      <AddWebhook at={at} reload={webhooks.reload} />
    </section>
  );
}

function DangerZone({ repository }: ViewProps) {
  const { route } = useLocation();
  const remove = useAction(async () => {
    await call("DELETE", path`/repositories/${repository.name}`);
    const restore = async () => {
      await call("POST", path`/deleted-repositories/${repository.name}/restore`);
      tell(t("danger.restored", { name: repository.name }));
    };
    tell(t("danger.deleted", { name: repository.name }), () => void restore());
    route("/");
  });
  return (
    <section class="card card-danger" aria-labelledby="danger">
      <h2 id="danger">{t("danger")}</h2>
      <TypedConfirmation word={repository.name} action={remove} submit={t("danger.delete")} text={t("danger.text")} />
    </section>
  );
}

export default function Settings(props: ViewProps) {
  const { name } = props.repository;
  return (
    <div class="stack">
      <Visibility {...props} />
      <Permissions at={path`/repositories/${name}/permissions`} title={t("permissions")} text={t("permissions.text")} />
      <ImmutabilityRules name={name} />
      <Retention name={name} />
      <Webhooks name={name} />
      <DangerZone {...props} />
    </div>
  );
}
