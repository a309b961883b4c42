import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

export function PageTitle({ title, actions }: { title: string; actions?: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · estiba`;
  }, [title]);
  return (
    <div class="page-head">
      <h1>{title}</h1>
      {actions && <div class="actions">{actions}</div>}
    </div>
  );
}

export interface Link {
  href: string;
  text: string;
}

export function Breadcrumbs({ links, label }: { links: Link[]; label: string }) {
  return (
    <nav aria-label={label}>
      <ol class="breadcrumbs">
        {links.map((link) => (
          <li key={link.href}>
            <a href={link.href}>{link.text}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

// Links between the views of one thing; `current` is the address that is shown.
export function Tabs({ links, current, label, kind = "tabs" }: {
  links: Link[];
  current: string;
  label: string;
  kind?: "tabs" | "menu";
}) {
  return (
    <nav aria-label={label}>
      <ul class={kind}>
        {links.map((link) => (
          <li key={link.href}>
            <a href={link.href} {...(link.href === current ? { "aria-current": "page" } : {})}>
              {link.text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  );
}
