// One image: its layers as long as they weigh, what made each, and how it runs.
import { path } from "../../api/client";
import type { Image, ImageConfig, IndexEntry, Layer, Referrer } from "../../api/types";
import { Command } from "../../components/copy";
import { Loaded, More } from "../../components/feedback";
import { Facts } from "../../components/layout";
import { Age, Badge, Digest } from "../../components/values";
import { formatBytes, t } from "../../i18n";
import { repositoryPlace } from "../../state/places";
import { useListing, useResource } from "../../state/resource";
import { platformText } from "./tags";
import type { ViewProps } from ".";

const BARS = 5;

function LayerBar({ share, index }: { share: number; index: number }) {
  return (
    <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="4" rx="1" fill="var(--surface-sunken)" />
      <rect width={Math.max(share * 100, 0.5)} height="4" rx="1" fill={`var(--bar-${(index % BARS) + 1})`} />
    </svg>
  );
}

function Layers({ layers }: { layers: Layer[] }) {
  const total = layers.reduce((sum, layer) => sum + layer.size_bytes, 0);
  return (
    <ol class="layer-stack">
      {layers.map((layer, index) => {
        const share = total === 0 ? 0 : layer.size_bytes / total;
        return (
          <li class="layer" key={`${index}${layer.digest}`}>
            <pre>
              <code>{layer.instruction || t("layer.unknown")}</code>
            </pre>
            <LayerBar share={share} index={index} />
            <div class="row muted">
              <span>
                {formatBytes(layer.size_bytes)} ({Math.round(share * 100)} %)
              </span>
              <Digest digest={layer.digest} copy />
              {layer.created_at !== null && <Age time={layer.created_at} />}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function lines(values: string[]) {
  if (values.length === 0) return "—";
  return values.map((value) => (
    <div key={value}>
      <code>{value}</code>
    </div>
  ));
}

function Config({ config }: { config: ImageConfig }) {
  const quoted = (words: string[]) => (words.length === 0 ? "—" : <code>{JSON.stringify(words)}</code>);
  return (
    <section class="card" aria-labelledby="config">
      <h2 id="config">{t("image.config")}</h2>
      <Facts
        facts={[
          [t("platform"), platformText(config.platform)],
          [t("created"), config.created_at === null ? "—" : <Age time={config.created_at} />],
          ["ENTRYPOINT", quoted(config.entrypoint)],
          ["CMD", quoted(config.command)],
          ["USER", config.user || "—"],
          ["WORKDIR", config.working_directory || "/"],
          ["ENV", lines(config.environment)],
          ["EXPOSE", lines(config.exposed_ports)],
          ["VOLUME", lines(config.volumes)],
          ["STOPSIGNAL", config.stop_signal || "—"],
          ["LABEL", lines(Object.entries(config.labels).map(([name, value]) => `${name}=${value}`))],
        ]}
      />
    </section>
  );
}

function Platforms({ repository, manifests }: { repository: string; manifests: IndexEntry[] }) {
  return (
    <section class="card" aria-labelledby="platforms">
      <h2 id="platforms">{t("platforms")}</h2>
      <ul class="layer-stack">
        {manifests.map((entry) => (
          <li class="row" key={entry.digest}>
            <a href={repositoryPlace(repository, "image", entry.digest)}>
              {entry.platform === null ? entry.media_type : platformText(entry.platform)}
            </a>
            <Digest digest={entry.digest} />
            <span class="muted">{formatBytes(entry.size_bytes)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Referrers({ repository, reference }: { repository: string; reference: string }) {
  const referrers = useListing<Referrer>(path`/repositories/${repository}/manifests/${reference}/referrers`);
  return (
    <section class="card" aria-labelledby="referrers">
      <h2 id="referrers">{t("referrers")}</h2>
      <Loaded resource={referrers}>
        {(items) =>
          items.length === 0 ? (
            <p class="muted">{t("referrers.none")}</p>
          ) : (
            <ul class="layer-stack">
              {items.map((item) => (
                <li class="row" key={item.digest}>
                  <a href={repositoryPlace(repository, "image", item.digest)}>{item.artifact_type || item.media_type}</a>
                  <Digest digest={item.digest} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <More more={referrers.more} />
    </section>
  );
}

function Head({ image, repository, reference }: { image: Image; repository: string; reference: string }) {
  return (
    <div class="card">
      <div class="row">
        <Digest digest={image.digest} copy />
        {image.tags.map((tag) => (
          <a key={tag} href={repositoryPlace(repository, "history", tag)}>
            <Badge text={tag} tone="accent" />
          </a>
        ))}
      </div>
      <Facts
        facts={[
          [t("size"), formatBytes(image.size_bytes)],
          [t("pushed"), <Age time={image.pushed_at} />],
          [t("mediaType"), <code>{image.media_type}</code>],
          ...(image.subject === null
            ? []
            : ([[t("subject"), <a href={repositoryPlace(repository, "image", image.subject)}><Digest digest={image.subject} /></a>]] as [string, preact.JSX.Element][])),
          ...(Object.keys(image.annotations).length === 0
            ? []
            : ([[t("annotations"), lines(Object.entries(image.annotations).map(([name, value]) => `${name}=${value}`))]] as [string, ReturnType<typeof lines>][])),
        ]}
      />
      {image.kind === "image" && (
        <div class="row">
          <a class="button button-small" href={repositoryPlace(repository, "files", reference)}>
            {t("files.browse")}
          </a>
          <a class="button button-small" href={`${repositoryPlace(repository, "compare")}?from=${encodeURIComponent(reference)}`}>
            {t("compare.with")}
          </a>
        </div>
      )}
    </div>
  );
}

export default function ImageView({ repository, rest }: ViewProps) {
  const image = useResource<Image>(path`/repositories/${repository.name}/manifests/${rest}`);
  return (
    <Loaded resource={image}>
      {(data) => (
        <div class="split">
          <div class="stack">
            <h2>
              {repository.name}
              {rest.includes(":") ? "" : `:${rest}`}
            </h2>
            <Head image={data} repository={repository.name} reference={rest} />
            {data.manifests.length > 0 && <Platforms repository={repository.name} manifests={data.manifests} />}
            {data.layers.length > 0 && (
              <section class="stack" aria-labelledby="layers">
                <h2 id="layers">{t("layers.count", { count: data.layers.length })}</h2>
                <Layers layers={data.layers} />
              </section>
            )}
          </div>
          <div class="stack">
            <section class="stack" aria-labelledby="pull">
              <h2 id="pull">{t("pull")}</h2>
              {data.pull.map((command) => (
                <Command key={command} label={t("pull")} text={command} />
              ))}
            </section>
            {data.config !== null && <Config config={data.config} />}
            <Referrers repository={repository.name} reference={data.digest} />
          </div>
        </div>
      )}
    </Loaded>
  );
}
