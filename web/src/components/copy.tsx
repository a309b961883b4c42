import { useState } from "preact/hooks";
import { t } from "../i18n";

// Browsers keep the clipboard from pages that came over plain HTTP, as from a registry in a home.
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button
      type="button"
      class="button-small"
      aria-label={t("copy.what", { what: label })}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{copied ? t("copy.done") : t("copy")}</span>
    </button>
  );
}

// A command line to paste into a terminal.
export function Command({ text, label }: { text: string; label: string }) {
  return (
    <div class="command">
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}
