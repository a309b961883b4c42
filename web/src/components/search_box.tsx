// Search as one types, over everything that the reader may see: a combobox after the ARIA pattern.
import { useLocation } from "preact-iso";
import { useEffect, useId, useState } from "preact/hooks";
import { call, query } from "../api/client";
import type { SearchHit, SearchResults } from "../api/types";
import { t } from "../i18n";
import { repositoryPlace } from "../state/places";

const PAUSE_MILLISECONDS = 150;
const SHOWN = 8;

function useHits(wanted: string): SearchHit[] {
  const [hits, setHits] = useState<SearchHit[]>([]);
  useEffect(() => {
    if (wanted.trim() === "") {
      setHits([]);
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      call<SearchResults>("GET", `/search${query({ q: wanted, limit: SHOWN })}`, {
        signal: abort.signal,
      }).then(
        (results) => setHits(results.items),
        () => undefined, // the page of results says what went wrong
      );
    }, PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [wanted]);
  return hits;
}

export function SearchBox() {
  const { route } = useLocation();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const hits = useHits(text);
  const id = useId();
  const shown = open && hits.length > 0;
  const leave = (place: string) => {
    setOpen(false);
    setActive(-1);
    setText("");
    route(place);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setActive(Math.min(active + 1, hits.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, -1));
    else if (event.key === "Escape") setOpen(false);
    else return;
    event.preventDefault();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const chosen = shown ? hits[active] : undefined;
    if (chosen !== undefined) leave(repositoryPlace(chosen.name));
    else if (text.trim() !== "") leave(`/search${query({ q: text.trim() })}`);
  };
  return (
    <form class="topbar-search" role="search" onSubmit={submit}>
      <label class="visually-hidden" for={id}>
        {t("search.label")}
      </label>
      <input
        id={id}
        type="search"
        list={undefined}
        role="combobox"
        autocomplete="off"
        placeholder={t("search.label")}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        {...(shown && active >= 0 ? { "aria-activedescendant": `${id}-${active}` } : {})}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOpen(true);
          setActive(-1);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
      />
      <ul id={`${id}-list`} class="suggestions" role="listbox" aria-label={t("search.results")} hidden={!shown}>
        {hits.map((hit, index) => (
          <li
            key={hit.name}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            onPointerDown={(event) => {
              event.preventDefault(); // before the field loses the focus
              leave(repositoryPlace(hit.name));
            }}
          >
            <strong>{hit.name}</strong> <span class="muted">{firstLine(hit.description)}</span>
          </li>
        ))}
      </ul>
    </form>
  );
}

export function firstLine(markdown: string): string {
  return (markdown.split("\n").find((line) => line.trim() !== "") ?? "").replace(/^#+\s*/, "").slice(0, 160);
}
