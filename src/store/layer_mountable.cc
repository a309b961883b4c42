// The forms of a layer that can be mounted, made from its tar.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/erofs/index_builder.h"
#include "archive/extract.h"
#include "base/error.h"
#include "base/stream.h"
#include "fs/root_dir.h"
#include "fs/user_namespace.h"
#include "store/layer_store_parts.h"

namespace estiba::store {
namespace {

LayerMountSource mount_source(const LayerFiles& files, const Digest& diff_id, LayerForm form) {
  LayerMountSource source;
  source.form = form;
  if (form == LayerForm::kTree) {
    source.tree_path = files.tree(diff_id);
  } else {
    source.index_path = files.index(diff_id);
    source.tar_path = files.tar(diff_id);
  }
  return source;
}

bool is_durable(Database& database, const Digest& diff_id) {
  return database.read([&](sql::Connection& connection) {
    const std::optional<LayerRow> row = find_layer(connection, diff_id);
    return row && row->durable;
  });
}

// Runs `publish` (which puts the finished form into place) and records it in `column`. A form of a
// durable layer is synced before anybody can see it; else that is done when the layer becomes
// durable. Which of the two it is may change meanwhile: hence the loop.
void record_form(LayerStore::Parts& parts, const Digest& diff_id, std::string_view column,
                 const std::function<void()>& sync, const std::function<void()>& publish) {
  bool synced = false;
  for (;;) {
    if (!synced && is_durable(parts.database, diff_id)) {
      sync();
      synced = true;
    }
    const bool recorded = parts.database.write([&](sql::Connection& connection) {
      const std::optional<LayerRow> row = find_layer(connection, diff_id);
      if (!row || !row->has_tar) {
        throw Error(ErrorCode::kConflict,
                    fmt::format("the layer {} was removed meanwhile", diff_id.to_string()));
      }
      if (row->durable && !synced) return false;
      publish();
      connection.execute(fmt::format("UPDATE layers SET {} = 1 WHERE diff_id = $1", column),
                         diff_id.to_string());
      return true;
    });
    if (recorded) return;
  }
}

void make_index(LayerStore::Parts& parts, const Digest& diff_id, const UniqueFd& tar) {
  fs::TemporaryFile file = parts.temporary.make_file();
  archive::erofs::write_index(tar.get(), file_size(tar.get(), "layer"), file.fd());
  const std::string path = parts.files.index(diff_id);
  record_form(
      parts, diff_id, "has_index", [&] { sync_file(file.fd(), path); },
      [&] {
        // One without a row was left by a killed process.
        parts.temporary.discard(path);
        file.publish_unsynced(path);
      });
}

// As the root of an index that has no entry for it.
void reset_root(const std::string& tree) {
  const timespec epoch[2] = {};
  if (::mkdir(tree.c_str(), 0755) != 0 || ::chmod(tree.c_str(), 0755) != 0 ||
      ::utimensat(AT_FDCWD, tree.c_str(), epoch, 0) != 0) {
    throw_errno("make the folder " + tree);
  }
}

void make_tree(LayerStore::Parts& parts, const Digest& diff_id, UniqueFd tar,
               const std::stop_token& stop) {
  const fs::TemporaryDirectory directory = parts.temporary.make_directory();
  const std::string tree = directory.path() + "/tree";
  reset_root(tree);
  const bool is_root = ::geteuid() == 0;
  const fs::IdMapping ids = fs::id_mapping();
  const bool is_host = is_root && ids == fs::IdMapping::kHost;
  const fs::RootDir root = fs::RootDir::open(tree);
  FdSource source(std::move(tar), "layer");
  archive::extract_layer(
      source, root,
      {.whiteouts = archive::WhiteoutHandling::kOverlay,
       .devices = is_host ? archive::DeviceHandling::kCreate : archive::DeviceHandling::kSkip,
       .set_owners = is_root && ids != fs::IdMapping::kOwnOnly,
       .marks = is_host ? archive::OverlayMarks::kTrusted : archive::OverlayMarks::kUser,
       .stop = stop});
  const std::string path = parts.files.tree(diff_id);
  record_form(
      parts, diff_id, "has_tree", [&] { sync_filesystem(tree); },
      [&] {
        parts.temporary.discard(path);
        if (::rename(tree.c_str(), path.c_str()) != 0)
          throw_errno("rename " + tree + " to " + path);
      });
}

std::optional<LayerMountSource> find_form(const LayerStore::Parts& parts, const Digest& diff_id,
                                          LayerForm wanted) {
  const std::optional<LayerRow> row = parts.database.read(
      [&](sql::Connection& connection) { return find_layer(connection, diff_id); });
  if (!row) return std::nullopt;
  const LayerFiles& files = parts.files;
  if (wanted == LayerForm::kIndex && row->has_tar && row->has_index &&
      path_exists(files.index(diff_id)) && path_exists(files.tar(diff_id))) {
    return mount_source(files, diff_id, LayerForm::kIndex);
  }
  if (wanted == LayerForm::kTree && row->has_tree && path_exists(files.tree(diff_id))) {
    return mount_source(files, diff_id, LayerForm::kTree);
  }
  return std::nullopt;
}

}  // namespace

LayerMountSource LayerStore::ensure_mountable(const Digest& diff_id, std::stop_token stop) {
  const LayerForm wanted = form();
  if (auto found = find_form(*parts_, diff_id, wanted)) return *found;
  UniqueFd tar = open_tar(diff_id, stop);
  const fs::FileLock lock = parts_->lock(diff_id, stop);
  if (auto found = find_form(*parts_, diff_id, wanted)) return *found;
  with_context([&] { return "preparing layer " + diff_id.to_string(); },
               [&] {
                 if (wanted == LayerForm::kIndex) {
                   make_index(*parts_, diff_id, tar);
                 } else {
                   make_tree(*parts_, diff_id, std::move(tar), stop);
                 }
               });
  return mount_source(parts_->files, diff_id, wanted);
}

}  // namespace estiba::store
