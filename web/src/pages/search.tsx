import { useLocation } from "preact-iso";
import type { SearchHit } from "../api/types";
import { Empty, Loaded, More } from "../components/feedback";
import { PageTitle } from "../components/layout";
import { VisibilityBadge } from "../components/repository_list";
import { firstLine } from "../components/search_box";
import { t } from "../i18n";
import { repositoryPlace } from "../state/places";
import { useListing } from "../state/resource";

export default function Search() {
  const { query: parameters } = useLocation();
  const wanted = parameters["q"] ?? "";
  const hits = useListing<SearchHit>(wanted === "" ? null : "/search", { q: wanted, limit: 25 });
  return (
    <>
      <PageTitle title={t("search.title", { wanted })} />
      <Loaded resource={hits}>
        {(items) =>
          items.length === 0 ? (
            <Empty>
              <p>{t("search.none", { wanted })}</p>
            </Empty>
          ) : (
            <ul class="layer-stack">
              {items.map((hit) => (
                <li class="layer" key={hit.name}>
                  <div class="row">
                    <a href={repositoryPlace(hit.name)}>{hit.name}</a>
                    <VisibilityBadge visibility={hit.visibility} />
                  </div>
                  <span class="muted">{firstLine(hit.description)}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <More more={hits.more} />
    </>
  );
}
