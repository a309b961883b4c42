#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"
#include "build/cache/cache_storage.h"
#include "build/limits.h"
#include "oci/manifest.h"

namespace estiba::build {
namespace {

class DirectoryCache final : public CacheStorage {
 public:
  explicit DirectoryCache(std::string directory) : directory_(std::move(directory)) {}

  [[nodiscard]] std::string name() const override { return directory_; }

  [[nodiscard]] std::optional<std::string> read_manifest(const Platform& platform,
                                                         std::stop_token stop) override {
    const std::string index = directory_ + "/index.json";
    if (!path_exists(index)) return std::nullopt;
    const Index parsed = Index::parse(read_file(index, kMaxManifestBytes));
    const Descriptor* entry = parsed.find(platform);
    if (entry == nullptr) return std::nullopt;
    return read_blob(*entry, std::move(stop));
  }

  [[nodiscard]] std::string read_blob(const Descriptor& blob, std::stop_token) override {
    const std::string bytes = read_file(path(blob), kMaxCacheDocumentBytes);
    if (Digest::of(bytes) != blob.digest) {
      throw Error(ErrorCode::kDataLoss, fmt::format("{} is damaged", path(blob)));
    }
    return bytes;
  }

  [[nodiscard]] std::unique_ptr<Source> open_blob(const Descriptor& blob,
                                                  std::uint64_t offset_bytes,
                                                  std::stop_token) override {
    UniqueFd file = open_file(path(blob), O_RDONLY);
    if (::lseek(file.get(), static_cast<off_t>(offset_bytes), SEEK_SET) < 0) {
      throw_errno("read " + path(blob));
    }
    return std::make_unique<FdSource>(std::move(file), path(blob));
  }

  void write_blob(const Descriptor& blob, const store::OpenBlob& open, std::stop_token) override {
    make_directories(directory_ + "/blobs/sha256");
    if (path_exists(path(blob))) return;
    const std::string making = fmt::format("{}.{}", path(blob), ::getpid());
    {
      const UniqueFd file = open_file(making, O_WRONLY | O_CREAT | O_TRUNC, 0644);
      FdSink out(file.get(), making);
      copy(*open(0), out);
    }
    if (::rename(making.c_str(), path(blob).c_str()) != 0) throw_errno("rename " + making);
  }

  void write_manifest(const std::string& bytes, std::stop_token stop) override {
    const Descriptor manifest{.media_type = std::string(media_types::kOciManifest),
                              .digest = Digest::of(bytes),
                              .size_bytes = bytes.size()};
    write_blob(
        manifest, [&](std::uint64_t) { return std::make_unique<StringSource>(bytes); },
        std::move(stop));
    write_file_atomically(directory_ + "/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    const Index index{.media_type = std::string(media_types::kOciIndex), .manifests = {manifest}};
    write_file_atomically(directory_ + "/index.json", index.serialize());
  }

 private:
  [[nodiscard]] std::string path(const Descriptor& blob) const {
    return directory_ + "/blobs/sha256/" + blob.digest.hex();
  }

  std::string directory_;
};

}  // namespace

std::unique_ptr<CacheStorage> make_directory_cache(std::string directory) {
  return std::make_unique<DirectoryCache>(std::move(directory));
}

}  // namespace estiba::build
