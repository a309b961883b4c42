#include "registry/image_summary.h"

#include "base/error.h"
#include "base/fd.h"
#include "oci/media_type.h"
#include "registry/limits.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

struct EntryBytes {
  std::string media_type;
  std::string bytes;
};

std::optional<EntryBytes> entry_bytes(sql::ConnectionPool& metadata, std::int64_t repository,
                                      const Digest& digest) {
  const auto reader = metadata.reader();
  sql::Statement row = reader->query(
      "SELECT media_type, bytes FROM manifests WHERE repository_id = $1 AND digest = $2",
      repository, digest.to_string());
  if (!row.step()) return std::nullopt;
  return EntryBytes{row.text(0), row.blob(1)};
}

std::uint64_t transfer_bytes(const Manifest& manifest) {
  std::uint64_t size = manifest.config.size_bytes;
  for (const Descriptor& layer : manifest.layers) size += layer.size_bytes;
  return size;
}

ImageSummary summarize_index(sql::ConnectionPool& metadata, std::int64_t repository,
                             const Index& index) {
  ImageSummary summary;
  std::size_t looked_at = 0;
  for (const Descriptor& entry : index.manifests) {
    if (entry.platform && entry.platform->architecture != "unknown") {
      summary.platforms.push_back(*entry.platform);
    }
    if (++looked_at > kMaxSummarizedEntries) continue;
    const auto found = entry_bytes(metadata, repository, entry.digest);
    if (!found || is_index_media_type(found->media_type)) continue;
    summary.size_bytes += transfer_bytes(Manifest::parse(found->bytes, found->media_type));
  }
  return summary;
}

}  // namespace

std::optional<ImageConfig> read_image_config(Blobs& blobs, std::int64_t repository,
                                             const Manifest& manifest) {
  const MediaType& type = manifest.config.media_type;
  if (type != media_types::kOciConfig && type != media_types::kDockerConfig) return std::nullopt;
  const auto blob = blobs.open(repository, manifest.config.digest);
  if (!blob || blob->size_bytes > kMaxSearchedConfigBytes) return std::nullopt;
  try {
    return ImageConfig::parse(read_fd(blob->fd.get(), "an image's config"));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    return std::nullopt;
  }
}

ImageSummary summarize_image(sql::ConnectionPool& metadata, Blobs& blobs, std::int64_t repository,
                             const std::string& media_type, const std::string& bytes) {
  try {
    if (is_index_media_type(media_type)) {
      return summarize_index(metadata, repository, Index::parse(bytes, media_type));
    }
    if (!is_manifest_media_type(media_type)) return {};
    const Manifest manifest = Manifest::parse(bytes, media_type);
    ImageSummary summary{transfer_bytes(manifest), {}};
    if (const auto config = read_image_config(blobs, repository, manifest)) {
      summary.platforms.push_back(config->platform);
    }
    return summary;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    return {};
  }
}

}  // namespace estiba::registry
