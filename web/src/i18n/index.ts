// Every text of the pages in the reader's language.
import { language } from "../state/preferences";
import { en } from "./en";
import { es } from "./es";

export type TextKey = keyof typeof en;

const dictionaries = { en, es };

// `{name}` is replaced by the value of that name. A text of two forms, "one|several", is chosen by
// the value of `count`.
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  let text: string = dictionaries[language.value][key];
  const forms = text.split("|");
  if (forms.length === 2 && "count" in values) {
    text = (Number(values["count"]) === 1 ? forms[0] : forms[1]) ?? text;
  }
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  const number = new Intl.NumberFormat(language.value, { maximumFractionDigits: digits });
  return `${number.format(value)} ${units[unit]}`;
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(language.value).format(value);
}

export function formatTime(time: string): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(time),
  );
}

const SPANS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

// "3 hours ago", "in 2 days".
export function formatAge(time: string): string {
  const seconds = (new Date(time).getTime() - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" });
  for (const [unit, length] of SPANS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, "second");
}
