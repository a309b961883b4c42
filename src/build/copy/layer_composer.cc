#include "build/copy/layer_composer.h"

#include <fcntl.h>

#include "archive/layer_path.h"
#include "archive/whiteout.h"
#include "base/error.h"
#include "fs/xattr.h"

namespace estiba::build {

using archive::EntryType;
using archive::TarEntry;

LayerComposer::LayerComposer(const fs::RootDir* below, archive::TarWriter& tar,
                             NewDirectories directories)
    : tree_(below), tar_(tar), directories_(directories) {}

TarEntry LayerComposer::existing_directory(const std::string& path) const {
  const fs::RootDir& below = *tree_.below(path);
  const UniqueFd fd = below.open(path, O_RDONLY | O_DIRECTORY);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_errno("stat /" + path);
  TarEntry entry;
  entry.path = path;
  entry.type = EntryType::kDirectory;
  entry.mode = status.st_mode & 07777;
  entry.uid = status.st_uid;
  entry.gid = status.st_gid;
  entry.mtime = from_unix_seconds(status.st_mtim.tv_sec);
  for (const auto& [name, value] : fs::read_xattrs(fd.get(), "")) {
    if (archive::is_layer_xattr(name)) entry.xattrs[name] = value;
  }
  return entry;
}

void LayerComposer::make_directories(const std::string& path) {
  if (path.empty() || (tree_.in_layer(path) && tree_.kind(path) == NodeKind::kDirectory)) return;
  make_directories(std::string(archive::split_parent(path).parent));
  add_directory(path);
}

void LayerComposer::add_directory(const std::string& path) {
  const NodeKind kind = tree_.kind(path);
  if (kind == NodeKind::kDirectory) {
    add(existing_directory(path));
    return;
  }
  if (kind != NodeKind::kNone) {
    throw Error(ErrorCode::kConflict, "/" + path + " is not a directory",
                "nothing can be copied into it; choose another destination");
  }
  TarEntry entry;
  entry.path = path;
  entry.type = EntryType::kDirectory;
  entry.mode = directories_.mode;
  entry.uid = directories_.owner.uid;
  entry.gid = directories_.owner.gid;
  entry.mtime = directories_.mtime;
  add(std::move(entry));
}

void LayerComposer::add(TarEntry entry, Source* body) {
  archive::refuse_whiteout_name(entry.path);
  NodeKind kind = NodeKind::kOther;
  if (entry.type == EntryType::kDirectory) kind = NodeKind::kDirectory;
  if (entry.type == EntryType::kSymlink) kind = NodeKind::kSymlink;
  tree_.put(entry.path, kind, kind == NodeKind::kSymlink ? entry.link_target : std::string());
  tar_.add(entry, body);
}

void LayerComposer::add_file(TarEntry entry, int fd) {
  archive::refuse_whiteout_name(entry.path);
  tree_.put(entry.path, NodeKind::kOther);
  tar_.add_file(entry, fd);
}

}  // namespace estiba::build
