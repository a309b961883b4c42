// tmp/: what is being made, and what is being thrown away.
//
//   tmp/s-<random>.lock   held by a process as long as its store is open
//   tmp/s-<random>/       what that process is making
//   tmp/locks/            locks on single layers and blobs
//   tmp/trash/            renamed here in an instant, deleted when there is time
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "fs/lock.h"
#include "fs/temp.h"

namespace estiba::store {

// Thread-safe.
class TemporaryArea {
 public:
  // Makes the directories when missing.
  explicit TemporaryArea(std::string path);
  ~TemporaryArea();
  TemporaryArea(const TemporaryArea&) = delete;
  TemporaryArea& operator=(const TemporaryArea&) = delete;

  [[nodiscard]] fs::TemporaryFile make_file();
  [[nodiscard]] fs::TemporaryDirectory make_directory();
  // This process's own folder; made, and its lock taken, when first asked for.
  [[nodiscard]] std::string session_directory();
  // Where a file lies that outlives its process and may be lost at any time.
  [[nodiscard]] std::string kept_file(const std::string& name) const;
  [[nodiscard]] std::string lock_path(const std::string& name) const;

  // Renames a file or directory into the trash; false when it is not there. Returns at once.
  bool discard(const std::string& path);

  // Moves what dead processes left to the trash; looks at names and locks only.
  void bury_the_dead();
  // Deletes from the trash until it is empty, `deadline` is over or another process is doing so.
  void empty_trash(std::optional<std::chrono::steady_clock::time_point> deadline,
                   std::stop_token stop = {});
  // Removes lock files that nobody holds.
  void remove_idle_locks();
  // What the trash and dead processes' folders take on the disk.
  [[nodiscard]] std::uint64_t garbage_bytes() const;

 private:
  [[nodiscard]] std::string trash_directory() const { return path_ + "/trash"; }

  std::string path_;
  std::mutex mutex_;
  std::optional<fs::FileLock> session_lock_;
  std::string session_directory_;  // empty: none yet
};

}  // namespace estiba::store
