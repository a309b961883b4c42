#include "store/archive_images.h"

#include <array>
#include <map>
#include <mutex>

#include "archive/compression.h"
#include "base/cancel.h"
#include "base/error.h"

namespace estiba::store {
namespace {

class ArchiveImageSource final : public ImageSource {
 public:
  ArchiveImageSource(const ArchiveFile& archive, const ArchivedImage& image)
      : archive_(archive), image_(image) {}

  [[nodiscard]] std::size_t layer_count() const override { return image_.layers.size(); }
  [[nodiscard]] std::string layer_label(std::size_t index) const override {
    return layer_diff_id(index).short_hex();
  }
  [[nodiscard]] Digest layer_diff_id(std::size_t index) const override {
    return image_.config.diff_ids[index];
  }
  [[nodiscard]] std::uint64_t layer_size_hint_bytes(std::size_t index) const override {
    return archive_.size_bytes(image_.layers[index].member);
  }
  [[nodiscard]] Descriptor prepare_layer(std::size_t index,
                                         const std::function<void(std::uint64_t)>& on_bytes,
                                         std::stop_token stop) override;
  [[nodiscard]] std::unique_ptr<Source> open_blob(const Descriptor& blob,
                                                  std::uint64_t offset_bytes) override;
  [[nodiscard]] std::string config_bytes() override { return image_.config_bytes; }
  [[nodiscard]] ManifestDocument manifest() override;

 private:
  [[nodiscard]] Descriptor describe(std::size_t index,
                                    const std::function<void(std::uint64_t)>& on_bytes,
                                    const std::stop_token& stop) const;

  const ArchiveFile& archive_;
  const ArchivedImage& image_;
  std::mutex mutex_;
  std::map<Digest, std::string> members_;  // of prepared blobs, by digest; guarded by mutex_
};

Descriptor ArchiveImageSource::prepare_layer(std::size_t index,
                                             const std::function<void(std::uint64_t)>& on_bytes,
                                             std::stop_token stop) {
  const ArchivedLayer& layer = image_.layers[index];
  const Descriptor blob = layer.blob ? *layer.blob : describe(index, on_bytes, stop);
  const std::lock_guard lock(mutex_);
  members_.insert_or_assign(blob.digest, layer.member);
  return blob;
}

// Docker's archives name layers by their diff ID only. An uncompressed one is its own blob; of a
// compressed one the digest has to be found out.
Descriptor ArchiveImageSource::describe(std::size_t index,
                                        const std::function<void(std::uint64_t)>& on_bytes,
                                        const std::stop_token& stop) const {
  const std::string& member = image_.layers[index].member;
  std::array<std::byte, 4> start = {};
  const std::size_t start_size = archive_.open_member(member)->read(start);
  const Compression compression = archive::detect_compression({start.data(), start_size});
  const MediaType media_type = oci_layer_media_type(compression);
  if (compression == Compression::kNone) {
    return {.media_type = media_type,
            .digest = layer_diff_id(index),
            .size_bytes = archive_.size_bytes(member)};
  }
  const std::unique_ptr<Source> source = archive_.open_member(member);
  std::uint64_t read_bytes = 0;
  CountingSource counted(*source, [&](std::uint64_t count) {
    throw_if_stopped(stop);
    read_bytes += count;
    on_bytes(read_bytes);
  });
  HashSink hash(HashAlgorithm::kSha256);
  copy(counted, hash);
  return {.media_type = media_type,
          .digest = Digest::finish(hash.hasher()),
          .size_bytes = hash.size_bytes()};
}

std::unique_ptr<Source> ArchiveImageSource::open_blob(const Descriptor& blob,
                                                      std::uint64_t offset_bytes) {
  std::string member;
  {
    const std::lock_guard lock(mutex_);
    member = members_.at(blob.digest);
  }
  return archive_.open_member(member, offset_bytes);
}

ManifestDocument ArchiveImageSource::manifest() {
  if (image_.manifest) return *image_.manifest;
  throw Error(ErrorCode::kInternal, "docker's archives have no manifest of the image");
}

}  // namespace

std::vector<ArchivedImage> read_archive_images(const ArchiveFile& archive) {
  if (archive.contains("manifest.json")) return read_docker_images(archive);
  if (archive.contains("index.json")) return read_oci_images(archive);
  throw Error(ErrorCode::kInvalidArgument,
              "this is no image archive: it has neither manifest.json nor index.json",
              "a plain root file system is read by \"estiba import\"");
}

std::unique_ptr<ImageSource> image_from_archive(const ArchiveFile& archive,
                                                const ArchivedImage& image) {
  return std::make_unique<ArchiveImageSource>(archive, image);
}

}  // namespace estiba::store
