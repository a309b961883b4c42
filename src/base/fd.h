// An owned file descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace estiba {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd();

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  explicit operator bool() const noexcept { return valid(); }
  // Gives the descriptor away.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

// All of these throw Error with the path (or `what`) in the message. O_CLOEXEC is always added.
[[nodiscard]] UniqueFd open_file(const std::string& path, int flags, unsigned mode = 0600);
[[nodiscard]] UniqueFd open_at(int dir_fd, const std::string& name, int flags,
                               unsigned mode = 0600);
// Duplicates with close-on-exec.
[[nodiscard]] UniqueFd duplicate(int fd);

// Writes everything, retrying on EINTR and short writes.
void write_all(int fd, std::span<const std::byte> data, std::string_view what);
void write_all(int fd, std::string_view data, std::string_view what);
// Reads up to data.size(); 0 at the end. Retries on EINTR.
[[nodiscard]] std::size_t read_some(int fd, std::span<std::byte> data, std::string_view what);
// Reads at an offset without moving the file position; short only at the end of the file.
[[nodiscard]] std::size_t read_at(int fd, std::span<std::byte> data, std::uint64_t offset_bytes,
                                  std::string_view what);
// The size of a regular file in bytes.
[[nodiscard]] std::uint64_t file_size(int fd, std::string_view what);

// Whole small files. Reading fails with kResourceExhausted beyond `max_size_bytes`.
[[nodiscard]] std::string read_file(const std::string& path,
                                    std::size_t max_size_bytes = 64u << 20);
[[nodiscard]] std::string read_fd(int fd, std::string_view what,
                                  std::size_t max_size_bytes = 64u << 20);
// Atomically replaces `path`: writes a temporary neighbour, fsyncs it, renames, fsyncs the folder.
void write_file_atomically(const std::string& path, std::string_view data, unsigned mode = 0644);
void sync_file(int fd, std::string_view what);  // fdatasync
void sync_directory(const std::string& path);
// Everything of the file system that holds `directory`.
void sync_filesystem(const std::string& directory);  // fsync of the folder itself
// mkdir -p; existing folders are kept as they are.
void make_directories(const std::string& path, unsigned mode = 0755);
[[nodiscard]] bool path_exists(const std::string& path);

}  // namespace estiba
