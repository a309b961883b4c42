// Agreement between processes: locks that die with their holder, and who is still alive.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/fd.h"

namespace estiba::fs {

// An advisory lock (flock) on a file of its own, which is made when absent and stays. Between
// processes and between FileLocks of one process alike; the kernel releases it when the holder
// dies. Not recursive: a second exclusive lock by the same holder waits for ever.
class FileLock {
 public:
  // Waits; a request to stop ends the wait with kCancelled.
  [[nodiscard]] static FileLock exclusive(const std::string& path, std::stop_token stop = {});
  [[nodiscard]] static FileLock shared(const std::string& path, std::stop_token stop = {});
  // Nothing when somebody holds it in a way that excludes us.
  [[nodiscard]] static std::optional<FileLock> try_exclusive(const std::string& path);
  [[nodiscard]] static std::optional<FileLock> try_shared(const std::string& path);

  // Releases early; the destructor does too.
  void release();
  // Releases and removes the file. Only for the holder of an exclusive lock; who waits for it
  // meanwhile starts over with a new file.
  void remove();

 private:
  FileLock(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  static std::optional<FileLock> attempt(const std::string& path, int operation);
  static FileLock wait(const std::string& path, int operation, std::stop_token stop);

  UniqueFd fd_;
  std::string path_;
};

// Names one life of one process: a process id alone may have been given to another since.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_time_ticks = 0;  // since boot
  std::string boot_id;

  [[nodiscard]] static ProcessIdentity current();
  // Of a process that runs now, or nothing.
  [[nodiscard]] static std::optional<ProcessIdentity> of(pid_t pid);
  // False for a zombie too: it will not use anything any more. Asks for processes of our own pid
  // namespace.
  [[nodiscard]] bool is_alive() const;
  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

}  // namespace estiba::fs
