#include "base/fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/text.h"

namespace estiba {
namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::size_t at_most_ssize(std::size_t size) {
  // The kernel transfers at most this much at once; more is undefined by POSIX above SSIZE_MAX.
  constexpr std::size_t kMaxTransferBytes = 0x7ffff000;
  return std::min(size, kMaxTransferBytes);
}

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

UniqueFd::~UniqueFd() {
  reset();
}

void UniqueFd::reset() noexcept {
  // Linux has released the number even when close() reports EINTR or EIO: never close twice.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

UniqueFd open_file(const std::string& path, int flags, unsigned mode) {
  return open_at(AT_FDCWD, path, flags, mode);
}

UniqueFd open_at(int dir_fd, const std::string& name, int flags, unsigned mode) {
  for (;;) {
    const int fd = ::openat(dir_fd, name.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0) return UniqueFd(fd);
    if (errno != EINTR) throw_errno(fmt::format("open {}", name));
  }
}

UniqueFd duplicate(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) throw_errno("duplicate a file descriptor");
  return UniqueFd(copy);
}

void write_all(int fd, std::span<const std::byte> data, std::string_view what) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd, data.data(), at_most_ssize(data.size()));
    if (written < 0) {
      if (errno == EINTR) continue;
      throw_errno(fmt::format("write {}", what));
    }
    data = data.subspan(static_cast<std::size_t>(written));
  }
}

void write_all(int fd, std::string_view data, std::string_view what) {
  write_all(fd, std::as_bytes(std::span(data)), what);
}

std::size_t read_some(int fd, std::span<std::byte> data, std::string_view what) {
  for (;;) {
    const ssize_t count = ::read(fd, data.data(), at_most_ssize(data.size()));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw_errno(fmt::format("read {}", what));
  }
}

std::size_t read_at(int fd, std::span<std::byte> data, std::uint64_t offset_bytes,
                    std::string_view what) {
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t count = ::pread(fd, data.data() + done, at_most_ssize(data.size() - done),
                                  static_cast<off_t>(offset_bytes + done));
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_errno(fmt::format("read {}", what));
    }
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::uint64_t file_size(int fd, std::string_view what) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw_errno(fmt::format("examine {}", what));
  return static_cast<std::uint64_t>(status.st_size);
}

std::string read_file(const std::string& path, std::size_t max_size_bytes) {
  return read_fd(open_file(path, O_RDONLY).get(), path, max_size_bytes);
}

std::string read_fd(int fd, std::string_view what, std::size_t max_size_bytes) {
  // The size is only a guess for the first buffer: files in /proc say 0, and files may grow.
  std::string text;
  std::size_t used = 0;
  text.resize(std::min<std::size_t>(file_size(fd, what) + 1, max_size_bytes + 1));
  for (;;) {
    if (used == text.size()) {
      text.resize(std::min(std::max<std::size_t>(text.size() * 2, 4096), max_size_bytes + 1));
    }
    const std::size_t count =
        read_some(fd, std::as_writable_bytes(std::span(text)).subspan(used), what);
    if (count == 0) break;
    used += count;
    if (used > max_size_bytes) {
      throw Error(ErrorCode::kResourceExhausted,
                  fmt::format("{} is larger than {} bytes", what, max_size_bytes));
    }
  }
  text.resize(used);
  return text;
}

void write_file_atomically(const std::string& path, std::string_view data, unsigned mode) {
  const std::string directory = directory_of(path);
  const std::string temporary = fmt::format("{}/.estiba-{}.tmp", directory, random_hex(8));
  UniqueFd file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
  try {
    write_all(file.get(), data, temporary);
    // Explicitly, so that the caller's umask cannot change what was asked for.
    if (::fchmod(file.get(), mode) != 0) throw_errno("set the mode of " + temporary);
    if (::fsync(file.get()) != 0) throw_errno("sync " + temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw_errno("replace " + path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_directory(directory);
}

void sync_file(int fd, std::string_view what) {
  if (::fdatasync(fd) != 0) throw_errno(fmt::format("sync {}", what));
}

void sync_directory(const std::string& path) {
  const UniqueFd directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.get()) != 0) throw_errno("sync the folder " + path);
}

void sync_filesystem(const std::string& directory) {
  const UniqueFd inside = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (::syncfs(inside.get()) != 0) throw_errno("sync the file system of " + directory);
}

void make_directories(const std::string& path, unsigned mode) {
  std::size_t end = 0;
  while (end < path.size()) {
    end = std::min(path.find('/', end + 1), path.size());
    const std::string prefix = path.substr(0, end);
    if (::mkdir(prefix.c_str(), mode) == 0) continue;
    const int reason = errno;
    struct stat status = {};
    // EEXIST says nothing of the kind of file; EROFS and EACCES come for folders that exist too.
    if (::stat(prefix.c_str(), &status) != 0) throw_errno(reason, "make the folder " + prefix);
    if (!S_ISDIR(status.st_mode)) {
      throw Error(ErrorCode::kAlreadyExists,
                  fmt::format("cannot make the folder {}: a file of that name exists", prefix));
    }
  }
}

bool path_exists(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw_errno("examine " + path);
}

}  // namespace estiba
