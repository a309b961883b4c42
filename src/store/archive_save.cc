// Writing image archives.

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "archive/tar_writer.h"
#include "base/cancel.h"
#include "base/error.h"
#include "oci/json_document.h"
#include "oci/manifest.h"
#include "store/archives.h"
#include "store/blob_store.h"
#include "store/image_store.h"
#include "store/image_transfer.h"
#include "store/layer_files.h"
#include "store/layer_store.h"
#include "store/lease.h"
#include "store/store.h"

namespace estiba::store {
namespace {

// One tar; what it holds already is not written again.
class ArchiveWriter {
 public:
  explicit ArchiveWriter(Sink& out) : tar_(out) {}

  void add(const std::string& name, const std::string& bytes) {
    StringSource source(bytes);
    add(name, bytes.size(), source);
  }
  void add(const std::string& name, std::uint64_t size_bytes, Source& source) {
    if (!names_.insert(name).second) return;
    tar_.add(entry(name, size_bytes), &source);
  }
  [[nodiscard]] bool has(const std::string& name) const { return names_.contains(name); }
  void finish() { tar_.finish(); }

 private:
  static archive::TarEntry entry(const std::string& name, std::uint64_t size_bytes) {
    archive::TarEntry result;
    result.path = name;
    result.mode = 0644;
    result.size_bytes = size_bytes;
    return result;
  }

  archive::TarWriter tar_;
  std::set<std::string> names_;
};

// Fails the copy once somebody asks to stop.
std::function<void(std::uint64_t)> stop_check(const std::stop_token& stop) {
  return [stop](std::uint64_t) { throw_if_stopped(stop); };
}

std::string layer_member(const Digest& diff_id) {
  return diff_id.hex() + "/layer.tar";
}

void save_docker(Store& store, const std::vector<SavedImage>& images, ArchiveWriter& writer,
                 const std::stop_token& stop) {
  const std::unique_ptr<Lease> lease = store.lease();
  nlohmann::ordered_json manifest = nlohmann::ordered_json::array();
  for (const SavedImage& saved : images) {
    lease->keep_image(saved.id);
    const Image image = store.images().get(saved.id);
    lease->keep_layers(image.config.diff_ids);
    nlohmann::ordered_json layers = nlohmann::ordered_json::array();
    for (const Digest& diff_id : image.config.diff_ids) {
      const std::string member = layer_member(diff_id);
      layers.push_back(member);
      if (writer.has(member)) continue;
      UniqueFd tar = store.layers().open_tar(diff_id, stop);
      const std::uint64_t size_bytes = file_size(tar.get(), member);
      FdSource source(std::move(tar), "layer " + diff_id.to_string());
      CountingSource counted(source, stop_check(stop));
      writer.add(member, size_bytes, counted);
    }
    const std::string config_member = saved.id.hex() + ".json";
    writer.add(config_member, image.config_bytes);
    nlohmann::ordered_json tags = nlohmann::ordered_json::array();
    for (const Reference& tag : saved.tags) tags.push_back(tag.familiar());
    manifest.push_back({{"Config", config_member}, {"RepoTags", tags}, {"Layers", layers}});
  }
  writer.add("manifest.json", dump_json(manifest));
}

// Writes everything that the image's manifest names; returns the manifest.
ManifestDocument save_oci_image(ImageSource& source, ArchiveWriter& writer,
                                const std::stop_token& stop) {
  for (std::size_t i = 0; i < source.layer_count(); ++i) {
    const Descriptor blob = source.prepare_layer(i, stop_check(stop), stop);
    const std::string member = digest_path("blobs", blob.digest);
    if (writer.has(member)) continue;
    const std::unique_ptr<Source> bytes = source.open_blob(blob, 0);
    CountingSource counted(*bytes, stop_check(stop));
    writer.add(member, blob.size_bytes, counted);
  }
  ManifestDocument document = source.manifest();
  const Manifest manifest = Manifest::parse(document.bytes, document.media_type);
  writer.add(digest_path("blobs", manifest.config.digest), source.config_bytes());
  writer.add(digest_path("blobs", document.digest), document.bytes);
  return document;
}

// The same for whatever the saved name stands for; returns the manifest or the index.
ManifestDocument save_oci_target(Store& store, const SavedImage& saved, ArchiveWriter& writer,
                                 const std::stop_token& stop) {
  if (!saved.target) {
    return save_oci_image(*image_from_store(store, saved.id), writer, stop);
  }
  const ManifestDocument& document = saved.target->document;
  if (!is_index_media_type(document.media_type)) {
    return save_oci_image(*image_from_store(store, saved.id, document), writer, stop);
  }
  for (const IndexedImage& indexed : saved.target->images) {
    const auto source = image_from_store(store, indexed.image_id, indexed.manifest);
    if (save_oci_image(*source, writer, stop).digest != indexed.manifest.digest) {
      throw Error(ErrorCode::kDataLoss,
                  fmt::format("layers of the index {} are gone", document.digest.to_string()),
                  "build the image again");
    }
  }
  writer.add(digest_path("blobs", document.digest), document.bytes);
  return document;
}

void save_oci(Store& store, const std::vector<SavedImage>& images, ArchiveWriter& writer,
              const std::stop_token& stop) {
  writer.add("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  Index index;
  index.media_type = std::string(media_types::kOciIndex);
  for (const SavedImage& saved : images) {
    const ManifestDocument document = save_oci_target(store, saved, writer, stop);
    Descriptor descriptor{.media_type = document.media_type,
                          .digest = document.digest,
                          .size_bytes = document.bytes.size()};
    if (saved.tags.empty()) index.manifests.push_back(descriptor);
    for (const Reference& tag : saved.tags) {
      // containerd's key holds the whole name for certain; podman reads it from the first one.
      descriptor.annotations = {{"io.containerd.image.name", tag.to_string()},
                                {"org.opencontainers.image.ref.name", tag.to_string()}};
      index.manifests.push_back(descriptor);
    }
  }
  writer.add("index.json", index.serialize());
}

}  // namespace

void save_archive(Store& store, const std::vector<SavedImage>& images, ArchiveFormat format,
                  Sink& out, std::stop_token stop) {
  ArchiveWriter writer(out);
  if (format == ArchiveFormat::kDocker) {
    save_docker(store, images, writer, stop);
  } else {
    save_oci(store, images, writer, stop);
  }
  writer.finish();
}

}  // namespace estiba::store
