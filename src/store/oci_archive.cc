// index.json (OCI image specification, image-layout.md).

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "oci/manifest.h"
#include "store/archive_images.h"
#include "store/layer_files.h"
#include "store/limits.h"
#include "store/store_sink.h"

namespace estiba::store {
namespace {

constexpr const char* kRefName = "org.opencontainers.image.ref.name";
constexpr const char* kContainerdName = "io.containerd.image.name";

std::string blob_member(const Digest& digest) {
  return digest_path("blobs", digest);
}

// The reference that a descriptor's annotations give. Some tools write a lone tag there, which
// names nothing by itself.
std::vector<Reference> names_of(const Descriptor& descriptor) {
  for (const char* key : {kContainerdName, kRefName}) {
    const auto found = descriptor.annotations.find(key);
    if (found == descriptor.annotations.end()) continue;
    if (found->second.find_first_of(":/") == std::string::npos) continue;
    return {Reference::parse(found->second).with_default_tag()};
  }
  return {};
}

// Attestations stand beside the images that they are about.
bool is_attestation(const Descriptor& descriptor) {
  return descriptor.platform && descriptor.platform->os == "unknown";
}

bool is_image_config(const MediaType& type) {
  return type == media_types::kOciConfig || type == media_types::kDockerConfig;
}

class OciLayoutReader {
 public:
  explicit OciLayoutReader(const ArchiveFile& archive) : archive_(archive) {}

  void read(const Descriptor& descriptor, const std::vector<Reference>& names, int depth) {
    if (is_index_media_type(descriptor.media_type)) {
      read_index(descriptor, names, depth);
    } else if (is_manifest_media_type(descriptor.media_type)) {
      read_manifest(descriptor, names);
    }
  }

  // The descriptor with that digest, at the top or inside an index.
  [[nodiscard]] std::optional<Descriptor> find(const std::vector<Descriptor>& descriptors,
                                               const Digest& digest, int depth) const {
    for (const Descriptor& descriptor : descriptors) {
      if (descriptor.digest == digest) return descriptor;
    }
    if (depth >= kMaxIndexDepth) return std::nullopt;
    for (const Descriptor& descriptor : descriptors) {
      if (!is_index_media_type(descriptor.media_type)) continue;
      const Index index =
          Index::parse(document(descriptor, kMaxManifestBytes), descriptor.media_type);
      if (auto found = find(index.manifests, digest, depth + 1)) return found;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<ArchivedImage>& images() { return images_; }

 private:
  [[nodiscard]] std::string document(const Descriptor& descriptor, std::size_t max_bytes) const {
    std::string bytes = archive_.read(blob_member(descriptor.digest), max_bytes);
    check_bytes(descriptor.digest, bytes, "a document of the archive");
    return bytes;
  }

  void read_index(const Descriptor& descriptor, const std::vector<Reference>& names, int depth) {
    if (depth >= kMaxIndexDepth) {
      throw Error(ErrorCode::kInvalidArgument, "the archive has indexes nested too deep");
    }
    const Index index =
        Index::parse(document(descriptor, kMaxManifestBytes), descriptor.media_type);
    const Descriptor* chosen = index.find(Platform::host());
    if (chosen == nullptr) {
      throw Error(ErrorCode::kNotFound,
                  fmt::format("the archive has no image for {}", Platform::host().to_string()));
    }
    read(*chosen, names, depth + 1);
  }

  void read_manifest(const Descriptor& descriptor, const std::vector<Reference>& names) {
    std::string bytes = document(descriptor, kMaxManifestBytes);
    const Manifest manifest = Manifest::parse(bytes, descriptor.media_type);
    if (!is_image_config(manifest.config.media_type)) return;  // an artifact: nothing to run
    ArchivedImage image;
    image.config_bytes = document(manifest.config, kMaxImageConfigBytes);
    check_config(manifest, image.config_bytes);
    image.config = ImageConfig::parse(image.config_bytes);
    for (const Descriptor& layer : manifest.layers) {
      image.layers.push_back({.member = blob_member(layer.digest), .blob = layer});
    }
    image.tags = names;
    image.manifest = ManifestDocument{
        .media_type = manifest.media_type, .bytes = std::move(bytes), .digest = descriptor.digest};
    images_.push_back(std::move(image));
  }

  const ArchiveFile& archive_;
  std::vector<ArchivedImage> images_;
};

// "1" of the annotation "1", and of "docker.io/library/x:1".
std::string layout_tag(const Descriptor& descriptor) {
  const auto found = descriptor.annotations.find(kRefName);
  if (found == descriptor.annotations.end()) return "";
  const std::string& name = found->second;
  const std::size_t colon = name.rfind(':');
  const bool is_reference =
      colon != std::string::npos && name.find('/', colon) == std::string::npos;
  return is_reference ? name.substr(colon + 1) : name;
}

std::optional<Descriptor> tagged(const std::vector<Descriptor>& descriptors,
                                 const std::optional<std::string>& tag) {
  if (!tag && descriptors.size() == 1) return descriptors.front();
  for (const Descriptor& descriptor : descriptors) {
    if (layout_tag(descriptor) == tag.value_or("latest")) return descriptor;
  }
  return std::nullopt;
}

[[noreturn]] void fail_without_image(const std::vector<Descriptor>& descriptors,
                                     const LayoutChoice& choice) {
  std::vector<std::string> names;
  for (const Descriptor& descriptor : descriptors) {
    const std::string tag = layout_tag(descriptor);
    names.push_back(tag.empty() ? "@" + descriptor.digest.to_string() : ":" + tag);
  }
  const std::string wanted =
      choice.digest ? "@" + choice.digest->to_string() : ":" + choice.tag.value_or("latest");
  throw Error(ErrorCode::kNotFound, fmt::format("the layout has no image {}", wanted),
              names.empty() ? "it is empty" : "it has " + join(names, ", "));
}

}  // namespace

ArchivedImage read_oci_image(const ArchiveFile& archive, const LayoutChoice& choice) {
  const Index top =
      Index::parse(archive.read("index.json", kMaxManifestBytes), media_types::kOciIndex);
  std::vector<Descriptor> descriptors;
  for (const Descriptor& descriptor : top.manifests) {
    if (!is_attestation(descriptor)) descriptors.push_back(descriptor);
  }
  OciLayoutReader reader(archive);
  const auto found =
      choice.digest ? reader.find(descriptors, *choice.digest, 0) : tagged(descriptors, choice.tag);
  if (!found) fail_without_image(descriptors, choice);
  reader.read(*found, {}, 0);
  if (reader.images().empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                found->digest.to_string() + " of the layout is no image that could be run");
  }
  return std::move(reader.images().front());
}

std::vector<ArchivedImage> read_oci_images(const ArchiveFile& archive) {
  const Index top =
      Index::parse(archive.read("index.json", kMaxManifestBytes), media_types::kOciIndex);
  OciLayoutReader reader(archive);
  for (const Descriptor& descriptor : top.manifests) {
    if (is_attestation(descriptor)) continue;
    reader.read(descriptor, names_of(descriptor), 0);
  }
  return std::move(reader.images());
}

}  // namespace estiba::store
