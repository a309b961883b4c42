import type { RecentPush, Repository } from "../api/types";
import { Empty, Loaded, More } from "../components/feedback";
import { PageTitle } from "../components/layout";
import { RepositoryList } from "../components/repository_list";
import { Age, Digest } from "../components/values";
import { t } from "../i18n";
import { repositoryPlace } from "../state/places";
import { useListing } from "../state/resource";
import { account } from "../state/session";

function RecentPushes({ mine }: { mine: boolean }) {
  const pushes = useListing<RecentPush>("/recent-pushes", { mine: mine || undefined, limit: 10 });
  return (
    <section class="stack" aria-labelledby="recent">
      <h2 id="recent">{t("home.recent")}</h2>
      <Loaded resource={pushes}>
        {(items) =>
          items.length === 0 ? (
            <Empty>
              <p>{t("home.noPushes")}</p>
            </Empty>
          ) : (
            <ol class="timeline">
              {items.map((push) => (
                <li key={`${push.repository}:${push.tag}@${push.pushed_at}`}>
                  <a href={repositoryPlace(push.repository, "image", push.tag)}>
                    {push.repository}:{push.tag}
                  </a>
                  <div class="muted">
                    <Digest digest={push.digest} />
                    {t("pushed.by", { who: push.pushed_by || t("somebody") })} <Age time={push.pushed_at} />
                  </div>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </section>
  );
}

export function Home() {
  const signedIn = account.value !== null;
  const repositories = useListing<Repository>("/repositories", { mine: signedIn || undefined, limit: 24 });
  return (
    <>
      <PageTitle
        title={signedIn ? t("home.mine") : t("home.public")}
        actions={
          signedIn && (
            <a class="button button-primary" href="/new">
              {t("create")}
            </a>
          )
        }
      />
      <div class="split">
        <section class="stack" aria-label={t("repositories")}>
          <Loaded resource={repositories}>
            {(items) =>
              items.length === 0 ? (
                <Empty>
                  <p>{signedIn ? t("home.none") : t("home.nonePublic")}</p>
                  {signedIn && (
                    <a class="button button-primary" href="/new">
                      {t("create")}
                    </a>
                  )}
                </Empty>
              ) : (
                <RepositoryList repositories={items} />
              )
            }
          </Loaded>
          <More more={repositories.more} />
        </section>
        <RecentPushes mine={signedIn} />
      </div>
    </>
  );
}
