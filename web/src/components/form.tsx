import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { t } from "../i18n";
import type { Action } from "../state/resource";
import { Refusal } from "./feedback";

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: string;
  error?: string | undefined;
  type?: "text" | "password" | "email" | "number" | "url" | "search" | "date";
  name?: string;
  autoComplete?: string;
  inputMode?: "numeric" | "text";
  required?: boolean;
  multiline?: boolean;
  minLength?: number;
}

export function Field(props: FieldProps) {
  const id = useId();
  const described = [props.hint && `${id}-hint`, props.error && `${id}-error`].filter(Boolean).join(" ");
  const shared = {
    id,
    name: props.name ?? id,
    value: props.value,
    required: props.required ?? false,
    "aria-invalid": props.error !== undefined,
    ...(described === "" ? {} : { "aria-describedby": described }),
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.multiline ? (
        <textarea {...shared} onInput={(event) => props.onInput(event.currentTarget.value)} />
      ) : (
        <input
          {...shared}
          // The types tie a role to each kind of input; this one has none of its own.
          type={(props.type ?? "text") as "text"}
          {...(props.autoComplete === undefined ? {} : { autocomplete: props.autoComplete })}
          {...(props.inputMode === undefined ? {} : { inputMode: props.inputMode })}
          {...(props.minLength === undefined ? {} : { minLength: props.minLength })}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      )}
      {props.hint && (
        <span class="field-hint" id={`${id}-hint`}>
          {props.hint}
        </span>
      )}
      {props.error && (
        <span class="field-error" id={`${id}-error`} role="alert">
          {props.error}
        </span>
      )}
    </div>
  );
}

export function Select({ label, value, options, onChange, hideLabel = false }: {
  label: string;
  value: string;
  options: { value: string; text: string }[];
  onChange: (value: string) => void;
  hideLabel?: boolean;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hideLabel ? "visually-hidden" : ""}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Checkbox({ label, checked, onChange }: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div class="choice">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
    </div>
  );
}

export function Choices({ legend, name, value, options, onChange }: {
  legend: string;
  name: string;
  value: string;
  options: { value: string; text: string; hint?: string }[];
  onChange: (value: string) => void;
}) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {options.map((option) => (
        <label class="choice" key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>
            {option.text}
            {option.hint && <span class="field-hint"> — {option.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

// A form that does one thing; what the server refused stands above its button, unless a field
// shows it.
export function Form({ action, submit, children, danger = false, fields = [] }: {
  action: Action;
  submit: string;
  children: ComponentChildren;
  danger?: boolean;
  fields?: string[];
}) {
  const onSubmit = (event: Event) => {
    event.preventDefault();
    void action.run();
  };
  const shown = fields.some((field) => fieldError(action, field) !== undefined);
  return (
    <form class="stack" onSubmit={onSubmit}>
      {children}
      {!shown && <Refusal error={action.error} />}
      <div class="row">
        <button type="submit" class={danger ? "button-danger" : "button-primary"} disabled={action.busy}>
          {submit}
        </button>
      </div>
    </form>
  );
}

export function fieldError(action: Action, field: string): string | undefined {
  return action.error instanceof ApiError ? action.error.messageOf(field) : undefined;
}

// What is dangerous asks for the name of what it destroys.
export function TypedConfirmation({ word, action, submit, text }: {
  word: string;
  action: Action;
  submit: string;
  text: string;
}) {
  const [typed, setTyped] = useState("");
  const guarded: Action = {
    ...action,
    run: async () => (typed === word ? action.run() : false),
    busy: action.busy || typed !== word,
  };
  return (
    <Form action={guarded} submit={submit} danger>
      <p>{text}</p>
      <Field label={t("confirm.type", { word })} value={typed} onInput={setTyped} autoComplete="off" />
    </Form>
  );
}
