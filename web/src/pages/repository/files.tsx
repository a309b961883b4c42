// The file system of an image, and which layer added, changed or deleted each file.
import { useLocation } from "preact-iso";
import { path, query } from "../../api/client";
import type { FileContent, FileEntry, Image } from "../../api/types";
import { Loaded, More, Note } from "../../components/feedback";
import { Select } from "../../components/form";
import { Breadcrumbs, type Link } from "../../components/layout";
import { Badge, type Tone } from "../../components/values";
import { formatBytes, t } from "../../i18n";
import { repositoryPlace } from "../../state/places";
import { useListing, useResource } from "../../state/resource";
import type { ViewProps } from ".";

const TONE: Record<FileEntry["change"], Tone> = { added: "good", changed: "warning", deleted: "danger" };

interface Spot {
  path: string;
  layer: string; // its number; empty for all of them as they are stacked
}

function placeOf(repository: string, reference: string, spot: Spot, file = false): string {
  return repositoryPlace(repository, "files", reference)
    + query({ path: spot.path, layer: spot.layer, view: file || undefined });
}

function trail(repository: string, reference: string, spot: Spot): Link[] {
  const links = [{ href: placeOf(repository, reference, { ...spot, path: "/" }), text: "/" }];
  let built = "";
  for (const part of spot.path.split("/").filter((name) => name !== "")) {
    built += `/${part}`;
    links.push({ href: placeOf(repository, reference, { ...spot, path: built }), text: part });
  }
  return links;
}

function join(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

function EntryName({ entry, repository, reference, spot }: {
  entry: FileEntry;
  repository: string;
  reference: string;
  spot: Spot;
}) {
  const inside = { ...spot, path: join(spot.path, entry.name) };
  const open = (entry.type === "directory" || entry.type === "file") && entry.change !== "deleted";
  return (
    <>
      {open ? (
        <a href={placeOf(repository, reference, inside, entry.type === "file")}>
          {entry.name}
          {entry.type === "directory" ? "/" : ""}
        </a>
      ) : (
        entry.name
      )}
      {entry.target !== "" && <span class="muted"> → {entry.target}</span>}
    </>
  );
}

function Listing({ repository, reference, spot }: { repository: string; reference: string; spot: Spot }) {
  const listing = useListing<FileEntry>(path`/repositories/${repository}/manifests/${reference}/files`, {
    path: spot.path,
    layer: spot.layer,
    limit: 200,
  });
  return (
    <Loaded resource={listing}>
      {(entries) => (
        <>
          <div class="table-scroll">
            <table class="cards-when-narrow">
              <thead>
                <tr>
                  <th scope="col">{t("file.name")}</th>
                  <th scope="col">{t("file.mode")}</th>
                  <th scope="col">{t("file.owner")}</th>
                  <th scope="col" class="number">{t("size")}</th>
                  <th scope="col">{t("layer")}</th>
                </tr>
              </thead>
              <tbody>
                {entries.map((entry) => (
                  <tr key={`${entry.name}${entry.change}`}>
                    <th scope="row">
                      <EntryName entry={entry} repository={repository} reference={reference} spot={spot} />
                    </th>
                    <td data-label={t("file.mode")}>
                      <code>{entry.mode}</code>
                    </td>
                    <td data-label={t("file.owner")}>
                      {entry.uid}:{entry.gid}
                    </td>
                    <td class="number" data-label={t("size")}>
                      {entry.type === "file" ? formatBytes(entry.size_bytes) : ""}
                    </td>
                    <td data-label={t("layer")}>
                      <span class="row">
                        {entry.layer + 1} <Badge text={t(`change.${entry.change}`)} tone={TONE[entry.change]} />
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {entries.length === 0 && <p class="muted">{t("files.none")}</p>}
          <More more={listing.more} />
        </>
      )}
    </Loaded>
  );
}

function Content({ repository, reference, spot }: { repository: string; reference: string; spot: Spot }) {
  const content = useResource<FileContent>(
    path`/repositories/${repository}/manifests/${reference}/file` + query({ path: spot.path, layer: spot.layer }),
  );
  return (
    <Loaded resource={content}>
      {(file) =>
        file.text === null ? (
          <Note>{t("file.notText", { size: formatBytes(file.size_bytes) })}</Note>
        ) : (
          <pre class="file-view" tabIndex={0} aria-label={file.path}>
            {file.text}
          </pre>
        )
      }
    </Loaded>
  );
}

export default function Files({ repository, rest }: ViewProps) {
  const location = useLocation();
  const spot = { path: location.query["path"] ?? "/", layer: location.query["layer"] ?? "" };
  const image = useResource<Image>(path`/repositories/${repository.name}/manifests/${rest}`);
  return (
    <section class="stack" aria-labelledby="files">
      <h2 id="files">{t("files.of", { reference: rest })}</h2>
      <Loaded resource={image}>
        {(data) => (
          <Select
            label={t("files.show")}
            value={spot.layer}
            options={[
              { value: "", text: t("files.stacked") },
              ...data.layers.map((layer, index) => ({
                value: String(index),
                text: `${index + 1}: ${layer.instruction.slice(0, 80)}`,
              })),
            ]}
            onChange={(layer) => location.route(placeOf(repository.name, rest, { path: "/", layer }))}
          />
        )}
      </Loaded>
      <Breadcrumbs label={t("files.path")} links={trail(repository.name, rest, spot)} />
      {location.query["view"] === undefined ? (
        <Listing repository={repository.name} reference={rest} spot={spot} />
      ) : (
        <Content repository={repository.name} reference={rest} spot={spot} />
      )}
    </section>
  );
}
