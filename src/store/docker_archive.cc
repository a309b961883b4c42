// manifest.json (Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset
// Format").

#include <fmt/format.h>

#include "base/error.h"
#include "oci/json_document.h"
#include "store/archive_images.h"
#include "store/limits.h"

namespace estiba::store {
namespace {

ArchivedImage read_archived_image(const ArchiveFile& archive, const JsonField& entry) {
  ArchivedImage image;
  image.config_bytes = archive.read(entry["Config"].required().string(), kMaxImageConfigBytes);
  image.config = ImageConfig::parse(image.config_bytes);
  for (const std::string& member : entry["Layers"].strings()) {
    if (!archive.contains(member)) {
      entry["Layers"].fail(fmt::format("names \"{}\", which the archive does not have", member));
    }
    image.layers.push_back({.member = member, .blob = std::nullopt});
  }
  if (image.layers.size() != image.config.diff_ids.size()) {
    entry["Layers"].fail(fmt::format("has {} layers, the image's configuration {}",
                                     image.layers.size(), image.config.diff_ids.size()));
  }
  for (const std::string& tag : entry["RepoTags"].strings()) {
    image.tags.push_back(Reference::parse(tag).with_default_tag());
  }
  return image;
}

}  // namespace

std::vector<ArchivedImage> read_docker_images(const ArchiveFile& archive) {
  const std::string bytes = archive.read("manifest.json", kMaxArchiveDocumentBytes);
  const nlohmann::json document = parse_json(bytes, kMaxArchiveDocumentBytes, "manifest.json");
  std::vector<ArchivedImage> images;
  for (const JsonField& entry : JsonField(document, "manifest.json").elements()) {
    images.push_back(read_archived_image(archive, entry));
  }
  return images;
}

}  // namespace estiba::store
