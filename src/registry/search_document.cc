#include "registry/search_document.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "registry/limits.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

struct TaggedManifest {
  std::string digest;
  MediaType media_type;
  std::string bytes;
  std::string annotations;  // JSON
};

// One line for each pair, each once.
class PairLines {
 public:
  void add(const std::map<std::string, std::string>& pairs) {
    for (const auto& [key, value] : pairs) {
      std::string line = key + " " + value.substr(0, kMaxSearchedValueBytes) + "\n";
      if (text_.size() + line.size() > kMaxSearchedTextBytes) return;
      if (seen_.insert(line).second) text_ += line;
    }
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::set<std::string> seen_;
  std::string text_;
};

std::vector<TaggedManifest> newest_manifests(sql::Connection& connection, std::int64_t repository) {
  sql::Statement rows = connection.query(
      "SELECT m.digest, m.media_type, m.bytes, m.annotations FROM tags t JOIN manifests m "
      "ON m.repository_id = t.repository_id AND m.digest = t.digest "
      "WHERE t.repository_id = $1 AND t.ended_at IS NULL ORDER BY t.id DESC LIMIT $2",
      repository, kSearchedTags);
  std::vector<TaggedManifest> manifests;
  for (const sql::Statement& row : rows) {
    manifests.push_back({row.text(0), row.text(1), row.blob(2), row.text(3)});
  }
  return manifests;
}

// Of an index, the first entry that is here.
std::optional<Manifest> image_manifest(sql::Connection& connection, std::int64_t repository,
                                       const TaggedManifest& tagged) {
  if (!is_index_media_type(tagged.media_type)) {
    return Manifest::parse(tagged.bytes, tagged.media_type);
  }
  for (const Descriptor& entry : Index::parse(tagged.bytes, tagged.media_type).manifests) {
    sql::Statement row = connection.query(
        "SELECT media_type, bytes FROM manifests WHERE repository_id = $1 AND digest = $2",
        repository, entry.digest.to_string());
    if (row.step() && !is_index_media_type(row.text(0))) {
      return Manifest::parse(row.blob(1), row.text(0));
    }
  }
  return std::nullopt;
}

std::map<std::string, std::string> labels_of(Blobs& blobs, std::int64_t repository,
                                             const Manifest& manifest) {
  const MediaType& type = manifest.config.media_type;
  if (type != media_types::kOciConfig && type != media_types::kDockerConfig) return {};
  const auto blob = blobs.open(repository, manifest.config.digest);
  if (!blob || blob->size_bytes > kMaxSearchedConfigBytes) return {};
  return ImageConfig::parse(read_fd(blob->fd.get(), "an image's config")).config.labels;
}

std::string joined_tags(sql::Connection& connection, std::int64_t repository) {
  std::string text;
  sql::Statement rows = connection.query(
      "SELECT name FROM tags WHERE repository_id = $1 AND ended_at IS NULL "
      "ORDER BY id DESC LIMIT $2",
      repository, kSearchedTagNames);
  for (const sql::Statement& row : rows) text += row.text(0) + "\n";
  return text;
}

}  // namespace

std::optional<SearchDocument> read_search_document(sql::ConnectionPool& metadata, Blobs& blobs,
                                                   std::int64_t repository) {
  SearchDocument document;
  std::vector<TaggedManifest> tagged;
  std::vector<Manifest> images;
  {
    const auto reader = metadata.reader();
    sql::Statement row =
        reader->query("SELECT name, description FROM repositories WHERE id = $1", repository);
    if (!row.step()) return std::nullopt;
    document.name = row.text(0);
    document.description = row.text(1).substr(0, kMaxSearchedTextBytes);
    document.tags = joined_tags(*reader, repository);
    tagged = newest_manifests(*reader, repository);
    for (const TaggedManifest& manifest : tagged) {
      try {
        if (auto image = image_manifest(*reader, repository, manifest)) {
          images.push_back(std::move(*image));
        }
      } catch (const Error&) {
        // A manifest of a form that only its sender knows has no labels.
      }
    }
  }
  PairLines annotations;
  for (const TaggedManifest& manifest : tagged) {
    annotations.add(
        nlohmann::json::parse(manifest.annotations).get<std::map<std::string, std::string>>());
  }
  PairLines labels;
  for (const Manifest& image : images) {
    try {
      labels.add(labels_of(blobs, repository, image));
    } catch (const Error&) {
      // The same for a config.
    }
  }
  document.labels = labels.take();
  document.annotations = annotations.take();
  return document;
}

}  // namespace estiba::registry
