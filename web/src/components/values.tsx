// The small things that stand in every table.
import { formatAge, formatTime, t } from "../i18n";
import { CopyButton } from "./copy";

export function Age({ time }: { time: string }) {
  return (
    <time dateTime={time} title={formatTime(time)}>
      {formatAge(time)}
    </time>
  );
}

// "sha256:e14ddc80a03e…", the whole digest on hover and in the clipboard.
export function Digest({ digest, copy = false }: { digest: string; copy?: boolean }) {
  return (
    <span class="row">
      <span class="digest" title={digest}>
        {shortDigest(digest)}
      </span>
      {copy && <CopyButton text={digest} label={t("digest")} />}
    </span>
  );
}

export function shortDigest(digest: string): string {
  const [algorithm, hex = ""] = digest.split(":");
  return `${algorithm}:${hex.slice(0, 12)}`;
}

export type Tone = "accent" | "good" | "warning" | "danger";

export function Badge({ text, tone }: { text: string; tone?: Tone }) {
  return <span class={tone === undefined ? "badge" : `badge badge-${tone}`}>{text}</span>;
}
