// Who is signed in, and what this registry is.
import { signal } from "@preact/signals";
import { call, csrfToken } from "../api/client";
import type { About, Account, Session } from "../api/types";
import { language } from "./preferences";

export const about = signal<About | undefined>(undefined);
export const account = signal<Account | null>(null);
// False until the server said who we are: pages wait for it.
export const known = signal(false);

export function take(session: Session): void {
  account.value = session.account;
  csrfToken.value = session.csrf_token ?? "";
  const preferred = session.account?.language;
  if (preferred === "en" || preferred === "es") language.value = preferred;
}

export async function start(): Promise<void> {
  const [what, who] = await Promise.all([
    call<About>("GET", "/about"),
    call<Session>("GET", "/session"),
  ]);
  about.value = what;
  take(who);
  known.value = true;
}

export async function refreshAccount(): Promise<void> {
  account.value = await call<Account>("GET", "/account");
}

// The session's token changes as well, so everything is asked anew.
export async function signOut(): Promise<void> {
  await call("DELETE", "/session");
  take(await call<Session>("GET", "/session"));
}
