import type { Repository } from "../api/types";
import { formatBytes, formatNumber, t } from "../i18n";
import { repositoryPlace } from "../state/places";
import { firstLine } from "./search_box";
import { Age, Badge } from "./values";

export function VisibilityBadge({ visibility }: { visibility: "public" | "private" }) {
  return visibility === "private" ? (
    <Badge text={t("private")} tone="warning" />
  ) : (
    <Badge text={t("public")} tone="good" />
  );
}

export function RepositoryList({ repositories }: { repositories: Repository[] }) {
  return (
    <div class="grid-cards">
      {repositories.map((repository) => (
        <article class="card" key={repository.name}>
          <h2>
            <a href={repositoryPlace(repository.name)}>{repository.name}</a>
          </h2>
          <p class="muted">{firstLine(repository.description)}</p>
          <div class="row">
            <VisibilityBadge visibility={repository.visibility} />
            {repository.proxied && <Badge text={t("proxied")} />}
            <span class="muted">
              {t("tags.count", { count: repository.tags })} · {formatBytes(repository.size_bytes)} ·{" "}
              {t("pulls.count", { count: formatNumber(repository.pulls) })}
            </span>
          </div>
          {repository.updated_at !== null && (
            <span class="muted">
              {t("updated")} <Age time={repository.updated_at} />
            </span>
          )}
        </article>
      ))}
    </div>
  );
}
