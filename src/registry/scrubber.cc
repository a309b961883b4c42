#include "registry/scrubber.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/stream.h"
#include "base/time.h"
#include "oci/digest.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

// Sleeps as much as keeps the reading at its rate.
class Pace {
 public:
  Pace(std::uint64_t bytes_per_second, std::stop_token stop)
      : bytes_per_second_(bytes_per_second), stop_(std::move(stop)) {}

  void passed(std::size_t bytes) {
    if (bytes_per_second_ == 0) return;
    const auto pause = std::chrono::duration<double>(static_cast<double>(bytes) /
                                                     static_cast<double>(bytes_per_second_));
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop_, pause, [] { return false; });
  }

 private:
  const std::uint64_t bytes_per_second_;
  std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
};

}  // namespace

std::optional<Scrubber::Blob> Scrubber::next(std::int64_t read_before) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT digest, storage_key, size_bytes FROM blobs "
      "WHERE scrubbed_at < $1 AND damaged_at IS NULL ORDER BY scrubbed_at, digest LIMIT 1",
      read_before);
  if (!row.step()) return std::nullopt;
  return Blob{row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2))};
}

bool Scrubber::is_whole(const Blob& blob, const std::stop_token& stop) const {
  const Digest expected = Digest::parse(blob.digest);
  Hasher hasher(expected.algorithm());
  Pace pace(options_.bytes_per_second, stop);
  std::uint64_t position = 0;
  try {
    const UniqueFd file = storage_.open(blob.storage_key);
    std::vector<std::byte> buffer(kCopyBufferBytes);
    while (const std::size_t size = read_at(file.get(), buffer, position, "blob " + blob.digest)) {
      if (stop.stop_requested()) return true;
      hasher.update(Bytes(buffer.data(), size));
      position += size;
      pace.passed(size);
    }
  } catch (const Error& error) {
    // A lost file and a disk that does not give its bytes are both damage; what is passing is not.
    if (error.code() != ErrorCode::kNotFound && error.code() != ErrorCode::kIo) throw;
    return false;
  }
  return position == blob.size_bytes && Digest::finish(hasher) == expected;
}

ScrubReport Scrubber::run(const std::stop_token& stop) {
  ScrubReport report;
  // One round: what this round has read is not due again.
  const std::int64_t read_before = unix_seconds(now()) - options_.interval.count();
  while (!stop.stop_requested()) {
    const auto blob = next(read_before);
    if (!blob) break;
    const bool whole = is_whole(*blob, stop);
    if (stop.stop_requested()) break;
    ++report.read;
    report.read_bytes += blob->size_bytes;
    if (!whole && quarantine_blob(metadata_, blob->digest, blob->storage_key)) {
      report.damaged.push_back(blob->digest);
    }
    metadata_.writer()->execute("UPDATE blobs SET scrubbed_at = $1 WHERE digest = $2",
                                std::max(unix_seconds(now()), read_before), blob->digest);
  }
  return report;
}

bool quarantine_blob(sql::ConnectionPool& metadata, const std::string& digest,
                     const std::string& storage_key) {
  return metadata.writer()->execute(
             "UPDATE blobs SET damaged_at = $1 WHERE digest = $2 AND storage_key = $3 "
             "AND damaged_at IS NULL",
             unix_seconds(now()), digest, storage_key) > 0;
}

}  // namespace estiba::registry
