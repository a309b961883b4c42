#include "build/file_digests.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <type_traits>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"

namespace estiba::build {
namespace {

constexpr std::string_view kMagic = "estiba-file-digests-1\n";
constexpr std::size_t kMaxFileBytes = 512u << 20;  // five million files
// Coarser than any file system's clock: a file changed this recently may change again unseen.
constexpr std::int64_t kRacyNs = 2'000'000'000;

std::int64_t nanoseconds(const struct timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

std::string to_bytes(const std::string& hex) {
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(value(hex[i]) * 16 + value(hex[i + 1])));
  }
  return bytes;
}

}  // namespace

FileDigests::FileDigests(std::string path) : path_(std::move(path)) {
  load();
}

FileDigests::Record FileDigests::describe(const struct stat& status) {
  Record record{};
  record.device = status.st_dev;
  record.inode = status.st_ino;
  record.size_bytes = static_cast<std::uint64_t>(status.st_size);
  record.mtime_ns = nanoseconds(status.st_mtim);
  record.ctime_ns = nanoseconds(status.st_ctim);
  return record;
}

void FileDigests::load() {
  static_assert(std::is_trivially_copyable_v<Record>);
  if (!path_exists(path_)) return;
  std::string bytes;
  try {
    bytes = read_file(path_, kMaxFileBytes);
  } catch (const Error&) {
    return;  // as good as none: see the header
  }
  if (!bytes.starts_with(kMagic) || (bytes.size() - kMagic.size()) % sizeof(Record) != 0) return;
  loaded_.resize((bytes.size() - kMagic.size()) / sizeof(Record));
  const char* next = bytes.data() + kMagic.size();
  for (Known& known : loaded_) {
    std::memcpy(&known.record, next, sizeof(Record));
    next += sizeof(Record);
  }
  auto key = [](const Known& known) {
    return std::make_tuple(known.record.device, known.record.inode);
  };
  if (!std::is_sorted(loaded_.begin(), loaded_.end(),
                      [&](const Known& a, const Known& b) { return key(a) < key(b); })) {
    loaded_.clear();
  }
}

std::optional<Digest> FileDigests::find(const struct stat& status) const {
  const Record wanted = describe(status);
  const auto place = std::lower_bound(loaded_.begin(), loaded_.end(), wanted,
                                      [](const Known& known, const Record& record) {
                                        return std::tie(known.record.device, known.record.inode) <
                                               std::tie(record.device, record.inode);
                                      });
  if (place == loaded_.end()) return std::nullopt;
  const Record& found = place->record;
  const bool same = found.device == wanted.device && found.inode == wanted.inode &&
                    found.size_bytes == wanted.size_bytes && found.mtime_ns == wanted.mtime_ns &&
                    found.ctime_ns == wanted.ctime_ns;
  if (!same) return std::nullopt;
  const std::lock_guard lock(mutex_);
  place->used = true;
  const char* bytes = reinterpret_cast<const char*>(found.sha256);
  return Digest::from_hex(HashAlgorithm::kSha256, to_hex({bytes, sizeof(found.sha256)}));
}

void FileDigests::remember(const struct stat& status, const Digest& digest) {
  Record record = describe(status);
  if (now().time_since_epoch().count() - record.ctime_ns < kRacyNs) return;
  const std::string bytes = to_bytes(digest.hex());
  if (bytes.size() != sizeof(record.sha256)) return;
  std::memcpy(record.sha256, bytes.data(), sizeof(record.sha256));
  const std::lock_guard lock(mutex_);
  learned_.push_back(record);
}

void FileDigests::save() noexcept {
  const std::lock_guard lock(mutex_);
  if (learned_.empty()) return;
  try {
    std::vector<Record> records = learned_;
    for (const Known& known : loaded_) {
      if (known.used) records.push_back(known.record);
    }
    auto less = [](const Record& a, const Record& b) {
      return std::tie(a.device, a.inode) < std::tie(b.device, b.inode);
    };
    auto same = [](const Record& a, const Record& b) {
      return a.device == b.device && a.inode == b.inode;
    };
    std::stable_sort(records.begin(), records.end(), less);
    records.erase(std::unique(records.begin(), records.end(), same), records.end());
    std::string bytes(kMagic);
    bytes.append(reinterpret_cast<const char*>(records.data()), records.size() * sizeof(Record));
    write_file_atomically(path_, bytes, 0600);
  } catch (const std::exception&) {
    // The next build reads the files again.
  }
}

}  // namespace estiba::build
