// What a page says while it waits, when it has nothing, and when something was refused.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { ApiError } from "../api/client";
import { t } from "../i18n";
import type { Resource } from "../state/resource";
import type { Tone } from "./values";

export function Note({ tone, children }: { tone?: Exclude<Tone, "accent">; children: ComponentChildren }) {
  return (
    <div class={tone === undefined ? "note" : `note note-${tone}`} role={tone === "danger" ? "alert" : "status"}>
      {children}
    </div>
  );
}

export function Refusal({ error }: { error: Error | undefined }) {
  if (error === undefined) return null;
  const hint = error instanceof ApiError ? error.hint : t("error.network");
  return (
    <Note tone="danger">
      {error.message} {hint}
    </Note>
  );
}

export function NotFound() {
  return (
    <div class="empty">
      <h1>{t("notFound.title")}</h1>
      <p>{t("notFound.text")}</p>
      <a class="button" href="/">
        {t("notFound.home")}
      </a>
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

// Shows what was read, or why it is not there.
export function Loaded<T>({ resource, children }: {
  resource: Resource<T>;
  children: (data: T) => ComponentChildren;
}) {
  if (resource.data !== undefined) return <>{children(resource.data)}</>;
  if (resource.error instanceof ApiError && resource.error.status === 404) return <NotFound />;
  if (resource.error !== undefined) return <Refusal error={resource.error} />;
  return (
    <p class="muted" role="status" aria-busy="true">
      {t("loading")}
    </p>
  );
}

export function More({ more }: { more?: (() => void) | undefined }) {
  if (more === undefined) return null;
  return (
    <div class="row">
      <button type="button" onClick={more}>
        {t("more")}
      </button>
    </div>
  );
}

interface Toast {
  id: number;
  text: string;
  undo?: () => void;
}

const toasts = signal<Toast[]>([]);
const TOAST_MILLISECONDS = 8000;
let nextToast = 1;

// Says that something was done, and offers to undo it where that is possible.
export function tell(text: string, undo?: () => void): void {
  const toast: Toast = { id: nextToast++, text, ...(undo === undefined ? {} : { undo }) };
  toasts.value = [...toasts.value, toast];
  setTimeout(() => dismiss(toast.id), TOAST_MILLISECONDS);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div class="note note-good row" key={toast.id}>
          <span>{toast.text}</span>
          {toast.undo && (
            <button
              type="button"
              class="button-small"
              onClick={() => {
                toast.undo?.();
                dismiss(toast.id);
              }}
            >
              {t("undo")}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
