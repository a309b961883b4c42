// The name and the password of an account that is being made.
import { t } from "../i18n";
import type { Action } from "../state/resource";
import { Field, fieldError } from "./form";

export function NewUsername({ value, onInput, action }: {
  value: string;
  onInput: (value: string) => void;
  action: Action;
}) {
  return (
    <Field
      label={t("username")}
      hint={t("username.hint")}
      value={value}
      onInput={onInput}
      name="username"
      autoComplete="username"
      error={fieldError(action, "username")}
      required
    />
  );
}

export function NewPassword({ value, onInput, action }: {
  value: string;
  onInput: (value: string) => void;
  action: Action;
}) {
  return (
    <Field
      label={t("password")}
      hint={t("password.hint")}
      value={value}
      onInput={onInput}
      type="password"
      name="password"
      autoComplete="new-password"
      error={fieldError(action, "password")}
      required
    />
  );
}
