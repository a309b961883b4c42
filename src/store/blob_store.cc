#include "store/blob_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "fs/tree.h"
#include "store/layer_files.h"
#include "store/temporary_area.h"
#include "store/writeback.h"

namespace estiba::store {

BlobWriter::BlobWriter(std::string final_path, fs::TemporaryFile file, Descriptor expected)
    : final_path_(std::move(final_path)),
      expected_(std::move(expected)),
      file_(std::move(file)),
      hasher_(expected_.digest.algorithm()) {}

BlobWriter::~BlobWriter() = default;

void BlobWriter::write(Bytes data) {
  if (data.size() > expected_.size_bytes - offset_bytes_) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("blob {} is longer than the {} bytes that its descriptor promises",
                            expected_.digest.to_string(), expected_.size_bytes));
  }
  write_all(file_.fd(), data, "blob");
  hasher_.update(data);
  offset_bytes_ += data.size();
  flushed_bytes_ = start_writeback(file_.fd(), flushed_bytes_, offset_bytes_);
}

void BlobWriter::commit() {
  if (offset_bytes_ != expected_.size_bytes) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("blob {} ends after {} of {} bytes", expected_.digest.to_string(),
                            offset_bytes_, expected_.size_bytes));
  }
  check_digest(expected_.digest, Digest::finish(hasher_), "blob");
  file_.publish(final_path_);
}

void BlobWriter::restart() {
  if (::ftruncate(file_.fd(), 0) != 0 || ::lseek(file_.fd(), 0, SEEK_SET) != 0) {
    throw_errno("start a blob again");
  }
  hasher_ = Hasher(expected_.digest.algorithm());
  offset_bytes_ = 0;
  flushed_bytes_ = 0;
}

BlobStore::BlobStore(std::string blobs_directory, TemporaryArea& temporary)
    : blobs_directory_(std::move(blobs_directory)), temporary_(temporary) {}

std::string BlobStore::path(const Digest& digest) const {
  return digest_path(blobs_directory_, digest);
}

std::optional<std::uint64_t> BlobStore::size_bytes(const Digest& digest) const {
  struct stat status = {};
  if (::stat(path(digest).c_str(), &status) == 0) return static_cast<std::uint64_t>(status.st_size);
  if (errno == ENOENT) return std::nullopt;
  throw_errno("examine " + path(digest));
}

bool BlobStore::contains(const Digest& digest) const {
  return size_bytes(digest).has_value();
}

UniqueFd BlobStore::open(const Digest& digest) const {
  return open_file(path(digest), O_RDONLY);
}

std::unique_ptr<BlobWriter> BlobStore::write(const Descriptor& expected) {
  return std::make_unique<BlobWriter>(path(expected.digest), temporary_.make_file(), expected);
}

void BlobStore::adopt(fs::TemporaryFile file, const Digest& digest) {
  file.publish(path(digest));
}

fs::FileLock BlobStore::lock(const Digest& digest, std::stop_token stop) const {
  return fs::FileLock::exclusive(temporary_.lock_path("blob-" + digest.hex()), std::move(stop));
}

void BlobStore::remove(const Digest& digest) {
  if (::unlink(path(digest).c_str()) != 0 && errno != ENOENT) {
    throw_errno("remove " + path(digest));
  }
}

void BlobStore::for_each(
    const std::function<void(const Digest&, std::uint64_t size_bytes)>& visit) const {
  for (const HashAlgorithm algorithm : {HashAlgorithm::kSha256, HashAlgorithm::kSha512}) {
    const std::string name = algorithm == HashAlgorithm::kSha256 ? "sha256" : "sha512";
    const UniqueFd directory = open_file(blobs_directory_ + "/" + name, O_RDONLY | O_DIRECTORY);
    for (const std::string& hex : fs::list_directory(directory.get())) {
      const std::optional<Digest> digest = Digest::try_parse(name + ":" + hex);
      const std::optional<std::uint64_t> size = digest ? size_bytes(*digest) : std::nullopt;
      if (size) visit(*digest, *size);
    }
  }
}

}  // namespace estiba::store
