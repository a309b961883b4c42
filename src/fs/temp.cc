#include "fs/temp.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "fs/tree.h"

namespace estiba::fs {
namespace {

std::string new_name(const std::string& parent, std::string_view prefix) {
  return fmt::format("{}/{}-{}", parent, prefix, random_hex(8));
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, slash + 1);
}

// Renames, never over something: false when `to` exists. RENAME_NOREPLACE is what makes two
// processes that publish at once agree on one result.
bool rename_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  throw_errno(fmt::format("rename {} to {}", from, to));
}

// Gives a file without a name (O_TMPFILE) one; false when it is taken.
bool link_new(const UniqueFd& file, const std::string& to) {
  const std::string from = fmt::format("/proc/self/fd/{}", file.get());
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
  if (errno == EEXIST) return false;
  throw_errno("publish " + to);
}

}  // namespace

TemporaryDirectory TemporaryDirectory::create(const std::string& parent, std::string_view prefix) {
  for (;;) {
    std::string path = new_name(parent, prefix);
    if (::mkdir(path.c_str(), 0700) == 0) return TemporaryDirectory(std::move(path));
    if (errno != EEXIST) throw_errno("make the folder " + path);
  }
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
  if (path_.empty()) return;
  try {
    remove_tree(path_);
  } catch (const Error&) {
    // Left for the store's next cleaning: a destructor has nobody to tell.
  }
}

std::string TemporaryDirectory::release() {
  return std::exchange(path_, {});
}

bool TemporaryDirectory::publish(const std::string& final_path) {
  const bool moved = rename_new(path_, final_path);
  if (moved) {
    path_.clear();
  } else {
    remove_tree(release());
  }
  sync_directory(folder_of(final_path));
  return moved;
}

TemporaryFile TemporaryFile::create(const std::string& parent, std::string_view prefix) {
  const int anonymous = ::open(parent.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (anonymous >= 0) return {UniqueFd(anonymous), ""};
  // EISDIR and ENOENT come from kernels and filesystems that do not know the flag; a parent that is
  // really missing is reported below.
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT) {
    throw_errno("make a file in " + parent);
  }
  std::string name = new_name(parent, prefix);
  UniqueFd named = open_file(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  return {std::move(named), std::move(name)};
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : fd_(std::move(other.fd_)), name_(std::exchange(other.name_, {})) {}

TemporaryFile& TemporaryFile::operator=(TemporaryFile&& other) noexcept {
  if (this != &other) {
    discard();
    fd_ = std::move(other.fd_);
    name_ = std::exchange(other.name_, {});
  }
  return *this;
}

TemporaryFile::~TemporaryFile() {
  discard();
}

void TemporaryFile::discard() noexcept {
  if (!name_.empty()) ::unlink(std::exchange(name_, {}).c_str());
}

std::string TemporaryFile::path() const {
  return fmt::format("/proc/self/fd/{}", fd_.get());
}

bool TemporaryFile::publish(const std::string& final_path, unsigned mode) {
  sync_file(fd_.get(), final_path);
  const bool published = publish_unsynced(final_path, mode);
  // What was there before may have been put there without a sync, or a moment ago by somebody who
  // has not come to it yet; the caller is promised a durable file either way.
  if (!published) sync_file(open_file(final_path, O_RDONLY).get(), final_path);
  sync_directory(folder_of(final_path));
  return published;
}

bool TemporaryFile::publish_unsynced(const std::string& final_path, unsigned mode) {
  if (::fchmod(fd_.get(), mode) != 0) throw_errno("set the mode of " + final_path);
  if (name_.empty()) return link_new(fd_, final_path);
  const bool published = rename_new(name_, final_path);
  if (published) name_.clear();
  discard();
  return published;
}

}  // namespace estiba::fs
