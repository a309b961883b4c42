// What a page reads from the server: loading, there, or refused.
import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError, call, query, type Page } from "../api/client";

export interface Resource<T> {
  data?: T;
  error?: Error;
  loading: boolean;
  reload: () => void;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

// Reads `path` again whenever it changes or reload() is called; null reads nothing.
export function useResource<T>(path: string | null): Resource<T> {
  const [state, setState] = useState<{ data?: T; error?: Error; loading: boolean }>({
    loading: path !== null,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    const abort = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    call<T>("GET", path, { signal: abort.signal }).then(
      (data) => setState({ data, loading: false }),
      (reason: unknown) => {
        if (!abort.signal.aborted) setState({ error: asError(reason), loading: false });
      },
    );
    return () => abort.abort();
  }, [path, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, reload };
}

export interface Listing<T> extends Resource<T[]> {
  // Reads the next page; absent when all is there.
  more?: () => void;
}

// A list that the server hands out page by page.
export function useListing<T>(
  path: string | null,
  parameters: Record<string, string | number | boolean | undefined> = {},
): Listing<T> {
  const first = path === null ? null : path + query(parameters);
  const resource = useResource<Page<T>>(first);
  const [rest, setRest] = useState<{ of?: Page<T>; items: T[]; next: string | null; error?: Error }>({
    items: [],
    next: null,
  });
  const current = rest.of !== undefined && rest.of === resource.data;
  const next = (current ? rest.next : resource.data?.next) ?? null;
  const items = resource.data && [...resource.data.items, ...(current ? rest.items : [])];
  const more = async () => {
    const of = resource.data;
    if (path === null || of === undefined || next === null) return;
    const before = current ? rest.items : [];
    try {
      const page = await call<Page<T>>("GET", path + query({ ...parameters, cursor: next }));
      setRest({ of, items: [...before, ...page.items], next: page.next });
    } catch (reason) {
      setRest({ of, items: before, next, error: asError(reason) });
    }
  };
  const error = resource.error ?? (current ? rest.error : undefined);
  return {
    loading: resource.loading,
    reload: resource.reload,
    ...(items === undefined ? {} : { data: items }),
    ...(error === undefined ? {} : { error }),
    ...(next === null ? {} : { more: () => void more() }),
  };
}

export interface Action {
  run: () => Promise<boolean>;
  busy: boolean;
  error?: Error;
}

// Something that a button does: one at a time, its refusal kept for the page to show.
export function useAction(work: () => Promise<unknown>): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | undefined>();
  const run = async () => {
    if (busy) return false;
    setBusy(true);
    setError(undefined);
    try {
      await work();
      return true;
    } catch (reason) {
      setError(asError(reason));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, ...(error === undefined ? {} : { error }) };
}

export function isMissing(error: Error | undefined): boolean {
  return error instanceof ApiError && error.status === 404;
}
