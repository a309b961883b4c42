// What the reader prefers, kept in this browser: theme and language.
import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "es";

function stored<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  try {
    const value = localStorage.getItem(key);
    return allowed.find((candidate) => candidate === value) ?? otherwise;
  } catch {
    return otherwise; // storage is switched off
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // storage is switched off: the choice lasts as long as the page
  }
}

function languageOfBrowser(): Language {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2));
  return wanted.find((tag) => tag === "es" || tag === "en") === "es" ? "es" : "en";
}

export const theme = signal<Theme>(stored("theme", ["system", "light", "dark"], "system"));
export const language = signal<Language>(stored("language", ["en", "es"], languageOfBrowser()));

effect(() => {
  const root = document.documentElement;
  if (theme.value === "system") delete root.dataset.theme;
  else root.dataset.theme = theme.value;
  store("theme", theme.value);
});

effect(() => {
  document.documentElement.lang = language.value;
  store("language", language.value);
});
