// How the tags moved: a tag's life as a lane from image to image, and each interval in words.
import { call, path } from "../../api/client";
import type { TagInterval } from "../../api/types";
import { Empty, Loaded, More, tell } from "../../components/feedback";
import { Age, Badge, Digest, shortDigest } from "../../components/values";
import { formatTime, t } from "../../i18n";
import { repositoryPlace } from "../../state/places";
import { useAction, useListing } from "../../state/resource";
import { mayWrite, type ViewProps } from ".";

const LANE_HEIGHT = 34;
const LABEL_WIDTH = 190;
const WIDTH = 900;

// One lane an image, time from left to right; the tag's path steps from lane to lane.
function Lanes({ intervals }: { intervals: TagInterval[] }) {
  const oldestFirst = [...intervals].reverse();
  const digests = [...new Set(oldestFirst.map((interval) => interval.digest))];
  const first = new Date(oldestFirst[0]?.started_at ?? 0).getTime();
  const now = Date.now();
  const place = (time: string | null) => {
    const at = time === null ? now : new Date(time).getTime();
    return LABEL_WIDTH + ((at - first) / Math.max(now - first, 1)) * (WIDTH - LABEL_WIDTH - 20);
  };
  const lane = (digest: string) => digests.indexOf(digest) * LANE_HEIGHT + LANE_HEIGHT / 2;
  const height = digests.length * LANE_HEIGHT + 6;
  const summary = oldestFirst
    .map((interval) => t("history.wasAt", { digest: shortDigest(interval.digest), time: formatTime(interval.started_at) }))
    .join("; ");
  return (
    <div class="table-scroll">
      <svg class="tag-lane" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={summary}>
        {digests.map((digest) => (
          <g key={digest}>
            <text x="8" y={lane(digest) + 4} font-size="13" fill="var(--text)" font-family="var(--mono)">
              {shortDigest(digest)}
            </text>
            <line x1={LABEL_WIDTH} x2={WIDTH - 10} y1={lane(digest)} y2={lane(digest)} stroke="var(--line)" stroke-width="2" />
          </g>
        ))}
        {oldestFirst.map((interval, index) => {
          const from = place(interval.started_at);
          const to = place(interval.ended_at);
          const before = oldestFirst[index - 1];
          return (
            <g key={interval.started_at}>
              {before !== undefined && before.ended_at === interval.started_at && (
                <line x1={from} x2={from} y1={lane(before.digest)} y2={lane(interval.digest)} stroke="var(--accent)" stroke-width="2" stroke-dasharray="4 3" />
              )}
              <line x1={from} x2={Math.max(to, from + 4)} y1={lane(interval.digest)} y2={lane(interval.digest)} stroke="var(--accent)" stroke-width="6" stroke-linecap="round" />
              {interval.ended_at === null && <circle cx={to} cy={lane(interval.digest)} r="7" fill="var(--accent)" />}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function Restore({ repository, interval, reload }: {
  repository: string;
  interval: TagInterval;
  reload: () => void;
}) {
  const action = useAction(async () => {
    await call("POST", path`/repositories/${repository}/tags/${interval.tag}/restore`, {
      body: { digest: interval.digest },
    });
    tell(t("tag.restored", { tag: interval.tag, digest: shortDigest(interval.digest) }));
    reload();
  });
  return (
    <>
      <button type="button" class="button-small" disabled={action.busy} onClick={() => void action.run()}>
        {t("tag.restore")}
      </button>
      {action.error && (
        <span class="field-error" role="alert">
          {action.error.message}
        </span>
      )}
    </>
  );
}

export default function History({ repository, rest, changed }: ViewProps) {
  const of = rest === ""
    ? path`/repositories/${repository.name}/history`
    : path`/repositories/${repository.name}/tags/${rest}/history`;
  const intervals = useListing<TagInterval>(of, { limit: 50 });
  const reload = () => {
    intervals.reload();
    changed();
  };
  return (
    <section class="stack" aria-labelledby="history">
      <h2 id="history">{rest === "" ? t("history.all") : t("history.of", { tag: rest })}</h2>
      <p class="muted">{t("history.text")}</p>
      <Loaded resource={intervals}>
        {(items) =>
          items.length === 0 ? (
            <Empty>
              <p>{t("history.none")}</p>
            </Empty>
          ) : (
            <>
              {rest !== "" && <Lanes intervals={items} />}
              <ol class="timeline">
                {items.map((interval) => (
                  <li
                    key={`${interval.tag}${interval.started_at}`}
                    class={interval.ended_at === null ? "current" : ""}
                  >
                    <div class="row">
                      <a href={repositoryPlace(repository.name, "history", interval.tag)}>
                        <strong>{interval.tag}</strong>
                      </a>
                      <span aria-hidden="true">→</span>
                      <a href={repositoryPlace(repository.name, "image", interval.digest)}>
                        <Digest digest={interval.digest} />
                      </a>
                      {interval.ended_at === null && <Badge text={t("history.now")} tone="accent" />}
                      {!interval.available && <Badge text={t("history.gone")} tone="danger" />}
                      {interval.ended_at !== null && interval.available && mayWrite(repository) && (
                        <Restore repository={repository.name} interval={interval} reload={reload} />
                      )}
                    </div>
                    <div class="muted">
                      {t("history.from", { who: interval.started_by || t("somebody") })} <Age time={interval.started_at} />
                      {interval.ended_at !== null && (
                        <>
                          {" · "}
                          {t("history.until", { who: interval.ended_by ?? t("somebody") })} <Age time={interval.ended_at} />
                        </>
                      )}
                    </div>
                  </li>
                ))}
              </ol>
            </>
          )
        }
      </Loaded>
      <More more={intervals.more} />
    </section>
  );
}
