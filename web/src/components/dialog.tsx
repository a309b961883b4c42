import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n";

// The browser's own modal dialog: it keeps the focus inside and closes by Escape.
export function Dialog({ title, onClose, children }: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog ref={element} aria-labelledby={id} onClose={onClose}>
      <div class="stack">
        <div class="page-head">
          <h2 id={id}>{title}</h2>
          <div class="actions">
            <button type="button" class="button-quiet button-small" onClick={() => element.current?.close()}>
              {t("close")}
            </button>
          </div>
        </div>
        {children}
      </div>
    </dialog>
  );
}
