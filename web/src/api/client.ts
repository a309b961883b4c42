// Talks to /api/v1: JSON in and out, errors as RFC 9457 problems, the session's CSRF token.
import { signal } from "@preact/signals";
import type { Problem } from "./types";

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }

  get status(): number {
    return this.problem.status;
  }

  get hint(): string {
    return this.problem.hint ?? "";
  }

  // Why a member of the request was refused.
  messageOf(member: string): string | undefined {
    return this.problem.members?.find((refused) => refused.member === member)?.message;
  }
}

// Given by the session; proves that a request comes from these pages.
export const csrfToken = signal("");

export interface Page<T> {
  items: T[];
  next: string | null;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  body?: unknown;
  signal?: AbortSignal;
  etag?: string;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const problem = (await response.json()) as Problem;
    if (typeof problem.title === "string") return { ...problem, status: response.status };
  } catch {
    // not ours: a proxy's page, or nothing
  }
  return {
    type: "about:blank",
    title: response.statusText,
    status: response.status,
    code: "UNKNOWN",
  };
}

export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken.value;
  if (options.etag !== undefined) headers["If-Match"] = options.etag;
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers,
    credentials: "same-origin",
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!response.ok) throw new ApiError(await problemOf(response));
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

// A path whose values are one escaped segment each: path`/repositories/${name}`.
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce(
    (built, part, index) => built + encodeURIComponent(String(values[index - 1])) + part,
  );
}

export function query(values: Record<string, string | number | boolean | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
