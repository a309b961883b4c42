// The addresses of the pages.
export type RepositoryView =
  | "tags" | "history" | "image" | "files" | "compare" | "settings";

function slashes(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

export function repositoryPlace(name: string, view?: RepositoryView, rest = ""): string {
  const base = `/r/${slashes(name)}`;
  if (view === undefined) return base;
  return `${base}/-/${view}${rest === "" ? "" : `/${encodeURIComponent(rest)}`}`;
}

export interface RepositoryAddress {
  name: string;
  view: string;
  rest: string;
}

// What follows "/r/": NAME, or NAME/-/VIEW, or NAME/-/VIEW/REST. No name has "-" as a component.
export function parseRepositoryPlace(path: string): RepositoryAddress {
  const [name = "", view = ""] = path.split("/-/", 2);
  const [kind = "", ...rest] = view.split("/");
  return {
    name: name.split("/").map(decodeURIComponent).join("/"),
    view: kind,
    rest: decodeURIComponent(rest.join("/")),
  };
}

export function signInPlace(): string {
  const here = location.pathname + location.search;
  return here === "/" ? "/sign-in" : `/sign-in?return_to=${encodeURIComponent(here)}`;
}

// Only paths of these pages are returned to, never another site.
export function safeReturn(wanted: string | undefined): string {
  if (wanted === undefined || !/^\/(?![/\\])/.test(wanted)) return "/";
  return wanted;
}
