#include "build/copy/layer_composer.h"

#include <fcntl.h>

#include "archive/whiteout.h"
#include "base/error.h"
#include "fs/xattr.h"

namespace estiba::build {
namespace {

using archive::EntryType;
using archive::TarEntry;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

TarEntry existing_directory(const fs::RootDir& below, const std::string& path,
                            const struct stat& status) {
  TarEntry entry;
  entry.path = path;
  entry.type = EntryType::kDirectory;
  entry.mode = status.st_mode & 07777;
  entry.uid = status.st_uid;
  entry.gid = status.st_gid;
  entry.mtime = from_unix_seconds(status.st_mtim.tv_sec);
  const UniqueFd fd = below.open(path, O_RDONLY | O_DIRECTORY);
  for (const auto& [name, value] : fs::read_xattrs(fd.get(), "")) {
    if (archive::is_layer_xattr(name)) entry.xattrs[name] = value;
  }
  return entry;
}

}  // namespace

LayerComposer::LayerComposer(const fs::RootDir& below, archive::TarWriter& tar,
                             ComposerOptions options)
    : below_(below), tar_(tar), options_(options) {}

std::string LayerComposer::resolve(const std::string& path) const {
  return below_.resolve(path);
}

bool LayerComposer::is_directory(const std::string& path) const {
  if (path.empty() || directories_.contains(path)) return true;
  const auto status = below_.stat(path);
  return status && S_ISDIR(status->st_mode);
}

const std::string& LayerComposer::resolve_parent(const std::string& parent) {
  const auto known = resolved_parents_.find(parent);
  if (known != resolved_parents_.end()) return known->second;
  // A directory that this layer made stands where it was put, whatever link was there below.
  const std::string resolved = directories_.contains(parent) ? parent : below_.resolve(parent);
  return resolved_parents_.emplace(parent, resolved).first->second;
}

std::string LayerComposer::place(const std::string& path) {
  const std::string parent = resolve_parent(parent_of(path));
  add_directories(parent);
  const std::string name = path.substr(path.rfind('/') + 1);
  return parent.empty() ? name : parent + "/" + name;
}

void LayerComposer::add_directories(const std::string& path) {
  if (path.empty() || directories_.contains(path)) return;
  add_directories(parent_of(path));
  add_directory(path);
}

void LayerComposer::add_directory(const std::string& path) {
  const auto status = below_.lstat(path);
  if (status && S_ISDIR(status->st_mode)) {
    tar_.add(existing_directory(below_, path, *status));
  } else if (status) {
    throw Error(ErrorCode::kConflict, "cannot copy below /" + path + ": it is not a directory");
  } else {
    TarEntry entry;
    entry.path = path;
    entry.type = EntryType::kDirectory;
    entry.mode = 0755;
    entry.uid = options_.new_directories.uid;
    entry.gid = options_.new_directories.gid;
    entry.mtime = options_.now;
    tar_.add(entry);
  }
  directories_.insert(path);
}

void LayerComposer::add(TarEntry entry, Source* body) {
  if (entry.path.empty()) return;
  const bool directory = entry.type == EntryType::kDirectory;
  entry.path = place(entry.path);
  tar_.add(entry, body);
  if (directory) directories_.insert(entry.path);
}

void LayerComposer::add_file(TarEntry entry, int fd) {
  entry.path = place(entry.path);
  tar_.add_file(entry, fd);
}

}  // namespace estiba::build
