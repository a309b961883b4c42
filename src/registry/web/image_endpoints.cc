// What a manifest says: layers with the instruction that made each, config, platforms, referrers.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "oci/descriptor_json.h"
#include "oci/reference.h"
#include "registry/image_summary.h"
#include "registry/limits.h"
#include "registry/manifest_document.h"
#include "registry/referrers.h"
#include "registry/web/account_json.h"
#include "registry/web/image_json.h"
#include "registry/web/tag_json.h"
#include "sql/connection.h"

namespace estiba::registry::web {
namespace {

// The layers of a predecessor of artifacts as image manifests are called blobs.
std::vector<Descriptor> artifact_blobs(std::string_view bytes) {
  const nlohmann::json parsed = parse_json(bytes, kMaxManifestBytes, "manifest");
  return parse_descriptors(JsonField(parsed, "manifest")["blobs"]);
}

const char* kind_name(ManifestKind kind) {
  switch (kind) {
    case ManifestKind::kImage:
      return "image";
    case ManifestKind::kIndex:
      return "index";
    case ManifestKind::kArtifact:
      break;
  }
  return "artifact";
}

Json history_json(const ManifestView& view) {
  Json history = Json::array();
  if (!view.config) return history;
  const auto layers = history_layers(view.config->history, view.layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const HistoryEntry& entry = view.config->history[i];
    history.push_back({{"instruction", entry.created_by},
                       {"created_at", time_json(entry.created)},
                       {"comment", entry.comment},
                       {"layer", layers[i] ? Json(*layers[i]) : Json(nullptr)}});
  }
  return history;
}

Json layers_json(const ManifestView& view) {
  Json layers = Json::array();
  for (const Descriptor& layer : view.layers) {
    layers.push_back({{"digest", layer.digest.to_string()},
                      {"size_bytes", layer.size_bytes},
                      {"media_type", layer.media_type},
                      {"instruction", ""},
                      {"created_at", nullptr}});
  }
  if (!view.config) return layers;
  const auto made = history_layers(view.config->history, view.layers.size());
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!made[i]) continue;
    layers[*made[i]]["instruction"] = view.config->history[i].created_by;
    layers[*made[i]]["created_at"] = time_json(view.config->history[i].created);
  }
  return layers;
}

Json config_json(const ManifestView& view) {
  if (!view.config) return nullptr;
  const ContainerConfig& run = view.config->config;
  return {{"digest", view.config_descriptor->digest.to_string()},
          {"platform", platform_json(view.config->platform)},
          {"created_at", time_json(view.config->created)},
          {"author", view.config->author},
          {"user", run.user},
          {"working_directory", run.working_directory},
          {"entrypoint", run.entrypoint.value_or(std::vector<std::string>())},
          {"command", run.command.value_or(std::vector<std::string>())},
          {"environment", run.environment},
          {"labels", Json(run.labels)},
          {"exposed_ports", run.exposed_ports},
          {"volumes", run.volumes},
          {"stop_signal", run.stop_signal}};
}

// Of what is here, what a pull transfers; of the rest the size of the manifest itself.
std::uint64_t entry_bytes(ApiCall& call, const RepositoryView& repository,
                          const Descriptor& entry) {
  const auto stored = call.services.manifests.find(*repository.id, entry.digest);
  if (!stored) return entry.size_bytes;
  return summarize_image(call.web.metadata, call.services.blobs, *repository.id, stored->media_type,
                         stored->bytes)
      .size_bytes;
}

Json manifests_json(ApiCall& call, const RepositoryView& repository, const ManifestView& view) {
  Json entries = Json::array();
  for (const Descriptor& entry : view.manifests) {
    const bool counted = entries.size() < kMaxSummarizedEntries;
    entries.push_back(
        {{"digest", entry.digest.to_string()},
         {"media_type", entry.media_type},
         {"size_bytes", counted ? entry_bytes(call, repository, entry) : entry.size_bytes},
         {"platform", entry.platform ? platform_json(*entry.platform) : Json(nullptr)},
         {"annotations", Json(entry.annotations)}});
  }
  return entries;
}

std::vector<std::string> tags_of(ApiCall& call, std::int64_t repository, const Digest& digest) {
  const auto reader = call.web.metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT name FROM tags WHERE repository_id = $1 AND digest = $2 AND ended_at IS NULL "
      "ORDER BY name LIMIT $3",
      repository, digest.to_string(), static_cast<std::int64_t>(kMaxShownTags));
  std::vector<std::string> tags;
  for (const sql::Statement& row : rows) tags.push_back(row.text(0));
  return tags;
}

std::int64_t pushed_at(ApiCall& call, std::int64_t repository, const Digest& digest) {
  const auto reader = call.web.metadata.reader();
  sql::Statement row =
      reader->query("SELECT created_at FROM manifests WHERE repository_id = $1 AND digest = $2",
                    repository, digest.to_string());
  if (!row.step()) refuse_unseen();
  return row.integer(0);
}

Json pull_commands(const ApiCall& call, const RepositoryView& repository, const Digest& digest,
                   const std::string& reference) {
  const std::string name = "docker pull " + registry_name(call) + "/" + repository.name;
  Json commands = Json::array();
  if (is_valid_tag(reference)) commands.push_back(name + ":" + reference);
  commands.push_back(name + "@" + digest.to_string());
  return commands;
}

http::Response get_image(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kPull);
  const std::string& reference = call.part("reference");
  const StoredManifest stored = find_manifest(call, repository, reference);
  const ManifestView view = view_manifest(call, repository, stored);
  const ImageSummary summary = summarize_image(call.web.metadata, call.services.blobs,
                                               *repository.id, stored.media_type, stored.bytes);
  return answer_json(
      {{"digest", stored.digest.to_string()},
       {"media_type", stored.media_type},
       {"kind", kind_name(view.kind)},
       {"artifact_type", view.kind == ManifestKind::kImage ? "" : view.artifact_type},
       {"size_bytes", summary.size_bytes},
       {"manifest_bytes", stored.bytes.size()},
       {"pushed_at", seconds_text(pushed_at(call, *repository.id, stored.digest))},
       {"tags", tags_of(call, *repository.id, stored.digest)},
       {"annotations", Json(view.annotations)},
       {"subject", view.subject ? Json(view.subject->to_string()) : Json(nullptr)},
       {"config", config_json(view)},
       {"layers", layers_json(view)},
       {"history", history_json(view)},
       {"manifests", manifests_json(call, repository, view)},
       {"pull", pull_commands(call, repository, stored.digest, reference)}});
}

// A subject need not be here before what refers to it.
Digest subject_of(ApiCall& call, const RepositoryView& repository, const std::string& reference) {
  if (auto digest = Digest::try_parse(reference)) return *std::move(digest);
  return find_manifest(call, repository, reference).digest;
}

Json referrer_json(const Descriptor& referrer) {
  return {{"digest", referrer.digest.to_string()},
          {"media_type", referrer.media_type},
          {"artifact_type", referrer.artifact_type},
          {"size_bytes", referrer.size_bytes},
          {"annotations", Json(referrer.annotations)}};
}

http::Response list_referrers(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kPull);
  const std::string& reference = call.part("reference");
  const Digest subject = subject_of(call, repository, reference);
  const std::string type = call.query("artifact_type");
  PageRequest page = read_page(call);
  page.limit = std::min(page.limit, kReferrersPageSize);
  auto found = call.services.manifests.referrers(*repository.id, subject,
                                                 {type, page.cursor, page.limit + 1});
  Json answer = page_of(found, page, referrer_json,
                        [](const Descriptor& last) { return last.digest.to_string(); });
  if (page.cursor.empty()) {
    for (const Descriptor& tagged :
         tagged_referrers(call.services.manifests, *repository.id, subject, type)) {
      answer["items"].push_back(referrer_json(tagged));
    }
    // Of a digest that the repository has never heard of, nothing at all is told.
    if (answer["items"].empty()) (void)find_manifest(call, repository, reference);
  }
  return answer_json(answer);
}

constexpr std::array<ApiRoute, 2> kImageRoutes = {{
    {"GET", "/repositories/{repository}/manifests/{reference}", "getImage", Audience::kOptional,
     get_image},
    {"GET", "/repositories/{repository}/manifests/{reference}/referrers", "listReferrers",
     Audience::kOptional, list_referrers},
}};

}  // namespace

StoredManifest find_manifest(ApiCall& call, const RepositoryView& repository,
                             const std::string& reference) {
  std::optional<StoredManifest> found;
  if (const auto digest = Digest::try_parse(reference)) {
    found = call.services.manifests.find(*repository.id, *digest);
  } else if (is_valid_tag(reference)) {
    found = call.services.manifests.find(*repository.id, reference);
  }
  if (!found) refuse_unseen();
  return *std::move(found);
}

ManifestView view_manifest(ApiCall& call, const RepositoryView& repository,
                           const StoredManifest& stored) {
  const ManifestDocument document = read_manifest_document(stored.bytes, stored.media_type);
  ManifestView view;
  view.artifact_type = document.artifact_type;
  view.annotations = document.annotations;
  view.subject = document.subject;
  if (document.media_type == kOciArtifactManifest) {
    view.layers = artifact_blobs(stored.bytes);
  } else if (is_index_media_type(document.media_type)) {
    view.kind = ManifestKind::kIndex;
    view.manifests = Index::parse(stored.bytes, stored.media_type).manifests;
  } else {
    Manifest manifest = Manifest::parse(stored.bytes, stored.media_type);
    const MediaType& type = manifest.config.media_type;
    const bool is_image = type == media_types::kOciConfig || type == media_types::kDockerConfig;
    view.kind = is_image ? ManifestKind::kImage : ManifestKind::kArtifact;
    view.config = read_image_config(call.services.blobs, *repository.id, manifest);
    view.config_descriptor = std::move(manifest.config);
    view.layers = std::move(manifest.layers);
  }
  return view;
}

std::vector<std::optional<std::size_t>> history_layers(const std::vector<HistoryEntry>& history,
                                                       std::size_t layer_count) {
  std::vector<std::optional<std::size_t>> layers;
  std::size_t next = 0;
  for (const HistoryEntry& entry : history) {
    const bool made_one = !entry.empty_layer && next < layer_count;
    layers.push_back(made_one ? std::optional(next++) : std::nullopt);
  }
  return layers;
}

std::span<const ApiRoute> image_routes() {
  return kImageRoutes;
}

}  // namespace estiba::registry::web
