#include "store/blob_transfer.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "store/limits.h"

namespace estiba::store {
namespace {

constexpr std::chrono::milliseconds kFirstPause{200};

void pause(int attempt, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, kFirstPause * (1 << attempt), [] { return false; });
}

void receive_some(const Descriptor& blob, const OpenBlob& open, const BlobReceiver& receiver,
                  const std::function<void(std::uint64_t)>& on_bytes, const std::stop_token& stop) {
  const std::unique_ptr<Source> source = open(receiver.offset_bytes());
  std::vector<std::byte> buffer(kCopyBufferBytes);
  for (;;) {
    throw_if_stopped(stop);
    const std::size_t size = source->read(buffer);
    if (size == 0) break;
    if (size > blob.size_bytes - receiver.offset_bytes()) {
      throw Error(ErrorCode::kDataLoss,
                  fmt::format("blob {} is longer than the {} bytes that were promised",
                              blob.digest.to_string(), blob.size_bytes));
    }
    receiver.write({buffer.data(), size});
    if (on_bytes) on_bytes(receiver.offset_bytes());
  }
  if (receiver.offset_bytes() < blob.size_bytes) {
    throw Error(ErrorCode::kUnavailable,
                fmt::format("blob {} ended after {} of {} bytes", blob.digest.to_string(),
                            receiver.offset_bytes(), blob.size_bytes));
  }
}

}  // namespace

void receive_blob(const Descriptor& blob, const OpenBlob& open, const BlobReceiver& receiver,
                  const std::function<void(std::uint64_t)>& on_bytes, const std::stop_token& stop) {
  int failures = 0;
  bool fetched_again = false;
  for (;;) {
    const std::uint64_t before_bytes = receiver.offset_bytes();
    try {
      receive_some(blob, open, receiver, on_bytes, stop);
      receiver.commit();
      return;
    } catch (const Error& error) {
      throw_if_stopped(stop);
      if (error.code() == ErrorCode::kDataLoss && !fetched_again) {
        fetched_again = true;
        receiver.restart();
        continue;
      }
      if (error.code() != ErrorCode::kUnavailable) throw;
      if (receiver.offset_bytes() > before_bytes) failures = 0;
      if (++failures >= kMaxTransferAttempts) throw;
    }
    pause(failures - 1, stop);
  }
}

}  // namespace estiba::store
