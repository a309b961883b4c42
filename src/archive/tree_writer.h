// Entries of a layer become files below a directory. See extract.h for the rules.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "archive/extract.h"
#include "archive/layer_path.h"
#include "archive/lower_removal.h"
#include "archive/pending_directories.h"
#include "archive/tar_entry.h"
#include "base/fd.h"
#include "base/stream.h"
#include "fs/root_dir.h"

namespace estiba::archive {

// Not thread-safe. Borrows the root. Somebody else who writes below it meanwhile can spoil the
// result, but not lead it out of the root.
class TreeWriter {
 public:
  TreeWriter(const fs::RootDir& root, const ExtractOptions& options);

  void add(const TarEntry& entry, Source& body);
  // Call it after the last entry: completes the directories.
  void finish();

 private:
  class View;
  // The directory in which the current entry lies, kept for the next one.
  struct Parent {
    std::optional<std::string> path;  // as entries have it; nothing: to be resolved anew
    std::string resolved;             // without links
    UniqueFd fd;
  };

  void place(const TarEntry& entry, Source& body);
  void place_root(const TarEntry& entry);
  void place_directory(const TarEntry& entry, const std::string& name);
  void place_hard_link(const TarEntry& entry, const std::string& name);
  void place_file(const TarEntry& entry, const std::string& name, Source& body);
  void place_symlink(const TarEntry& entry, const std::string& name);
  void place_special(const TarEntry& entry, const std::string& name);
  void mark_removed(const std::string& path);
  void mark_opaque(const std::string& directory);

  void enter_parent(std::string_view path);
  [[nodiscard]] std::string resolved_path(const std::string& name) const;
  // The entry `name` of the parent, not following a link.
  [[nodiscard]] std::optional<struct stat> look(const std::string& name) const;
  void remove(const std::string& name);
  void take_over(const TarEntry& entry, int dir_fd, const std::string& name) const;
  void set_opaque(int directory_fd) const;
  [[nodiscard]] bool applies() const { return options_.whiteouts != WhiteoutHandling::kOverlay; }

  const fs::RootDir& root_;
  ExtractOptions options_;
  Privilege privilege_;
  Parent parent_;
  PendingDirectories pending_;
  LowerRemoval lower_;
};

}  // namespace estiba::archive
