#include "registry/blob_fetch.h"

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace estiba::registry {
namespace {

// Held back until the whole is verified.
constexpr std::uint64_t kHeldBackBytes = 1;

}  // namespace

void BlobFetch::begin(UniqueFd file) {
  const std::lock_guard lock(mutex_);
  file_ = std::move(file);
  begun_ = true;
  changed_.notify_all();
}

void BlobFetch::grown_to(std::uint64_t size_bytes) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t most = size_bytes_ - std::min(size_bytes_, kHeldBackBytes);
  readable_bytes_ = std::min(size_bytes, most);
  changed_.notify_all();
}

void BlobFetch::finish() {
  const std::lock_guard lock(mutex_);
  readable_bytes_ = size_bytes_;
  done_ = true;
  changed_.notify_all();
}

void BlobFetch::fail(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
  changed_.notify_all();
}

void BlobFetch::wait_until_begun() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return begun_ || done_ || failure_; });
  if (failure_) std::rethrow_exception(failure_);
}

void BlobFetch::wait_until_done() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_ || failure_; });
  if (failure_) std::rethrow_exception(failure_);
}

std::uint64_t BlobFetch::wait_beyond(std::uint64_t offset_bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return readable_bytes_ > offset_bytes || failure_; });
  if (failure_) std::rethrow_exception(failure_);
  return readable_bytes_;
}

void BlobFetch::stream(Sink& to) {
  const auto memory = std::make_unique_for_overwrite<std::byte[]>(kCopyBufferBytes);
  std::uint64_t offset = 0;
  while (offset < size_bytes_) {
    const std::uint64_t readable = wait_beyond(offset);
    const MutableBytes buffer(memory.get(),
                              std::min<std::uint64_t>(readable - offset, kCopyBufferBytes));
    // file_ does not change any more once something is readable.
    const std::size_t size = read_at(file_.get(), buffer, offset, "a blob that is fetched");
    if (size == 0) throw Error(ErrorCode::kDataLoss, "a blob became shorter while it was fetched");
    to.write(buffer.first(size));
    offset += size;
  }
}

}  // namespace estiba::registry
