// Digests of a build context's files, remembered between builds by what stat(2) says of them, so
// that an unchanged file is not read again.
//
// Kept in one packed file per context directory: a header, then fixed records sorted by (device,
// inode). A file whose ctime is so young that a later write could leave it the same is not
// remembered. A damaged or foreign file is as good as none.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "oci/digest.h"

namespace estiba::build {

// Thread-safe.
class FileDigests {
 public:
  // `path` is the packed file; it need not exist.
  explicit FileDigests(std::string path);

  [[nodiscard]] std::optional<Digest> find(const struct stat& status) const;
  void remember(const struct stat& status, const Digest& digest);
  // Writes the file anew when something was learned: what was used or learned in this run stays.
  // A failure to write is no failure of the build: the next one reads the files again.
  void save() noexcept;

 private:
  struct Record {
    std::uint64_t device, inode, size_bytes;
    std::int64_t mtime_ns, ctime_ns;
    unsigned char sha256[32];
  };
  struct Known {
    Record record;
    mutable bool used = false;
  };
  static Record describe(const struct stat& status);
  void load();

  std::string path_;
  mutable std::mutex mutex_;
  std::vector<Known> loaded_;  // sorted
  std::vector<Record> learned_;
};

}  // namespace estiba::build
