// One repository: what stands around its views, and which view an address means.
import { lazy, useLocation } from "preact-iso";
import { useEffect } from "preact/hooks";
import { path } from "../../api/client";
import type { LiveEvent, Repository } from "../../api/types";
import { Loaded } from "../../components/feedback";
import { Breadcrumbs, PageTitle, Tabs, type Link } from "../../components/layout";
import { VisibilityBadge } from "../../components/repository_list";
import { Badge } from "../../components/values";
import { NotFound } from "../../components/feedback";
import { t } from "../../i18n";
import { parseRepositoryPlace, repositoryPlace, type RepositoryAddress } from "../../state/places";
import { useResource } from "../../state/resource";
import { Overview } from "./overview";
import { Tags } from "./tags";

const History = lazy(() => import("./history"));
const ImageView = lazy(() => import("./image"));
const Files = lazy(() => import("./files"));
const Compare = lazy(() => import("./compare"));
const Settings = lazy(() => import("./settings"));

export interface ViewProps {
  repository: Repository;
  rest: string;
  changed: () => void;
}

// Calls `onEvent` while a push goes on, so that a page shows it as it happens.
export function useLiveEvents(repository: string, onEvent: (event: LiveEvent) => void): void {
  useEffect(() => {
    const source = new EventSource(`/api/v1/events?repository=${encodeURIComponent(repository)}`);
    const listen = (message: MessageEvent<string>) => onEvent(JSON.parse(message.data) as LiveEvent);
    for (const type of ["push", "tag", "delete", "reset"]) source.addEventListener(type, listen);
    return () => source.close();
  }, [repository]);
}

export function mayWrite(repository: Repository): boolean {
  return repository.role === "write" || repository.role === "admin";
}

function View({ address, ...props }: ViewProps & { address: RepositoryAddress }) {
  switch (address.view) {
    case "":
      return <Overview {...props} />;
    case "tags":
      return <Tags {...props} />;
    case "history":
      return <History {...props} />;
    case "image":
      return <ImageView {...props} />;
    case "files":
      return <Files {...props} />;
    case "compare":
      return <Compare {...props} />;
    case "settings":
      return props.repository.role === "admin" ? <Settings {...props} /> : <NotFound />;
    default:
      return <NotFound />;
  }
}

function tabsOf(repository: Repository): Link[] {
  const links = [
    { href: repositoryPlace(repository.name), text: t("repository.overview") },
    { href: repositoryPlace(repository.name, "tags"), text: t("repository.tags") },
    { href: repositoryPlace(repository.name, "history"), text: t("repository.history") },
    { href: repositoryPlace(repository.name, "compare"), text: t("repository.compare") },
  ];
  if (repository.role === "admin") {
    links.push({ href: repositoryPlace(repository.name, "settings"), text: t("settings") });
  }
  return links;
}

// An image, and what is in it, belongs to the tags.
function tabOf({ name, view }: RepositoryAddress): string {
  if (view === "") return repositoryPlace(name);
  if (view === "history" || view === "compare" || view === "settings") return repositoryPlace(name, view);
  return repositoryPlace(name, "tags");
}

export default function RepositoryPage() {
  const location = useLocation();
  const address = parseRepositoryPlace(location.path.slice("/r/".length));
  const resource = useResource<Repository>(path`/repositories/${address.name}`);
  return (
    <Loaded resource={resource}>
      {(repository) => (
        <>
          <Breadcrumbs
            label={t("nav.path")}
            links={[
              { href: "/", text: t("repositories") },
              { href: repositoryPlace(repository.name), text: repository.name },
            ]}
          />
          <PageTitle
            title={repository.name}
            actions={
              <>
                <VisibilityBadge visibility={repository.visibility} />
                {repository.proxied && <Badge text={t("proxied")} />}
              </>
            }
          />
          <Tabs label={repository.name} links={tabsOf(repository)} current={tabOf(address)} />
          <View
            key={`${address.view}/${address.rest}`}
            address={address}
            repository={repository}
            rest={address.rest}
            changed={resource.reload}
          />
        </>
      )}
    </Loaded>
  );
}
