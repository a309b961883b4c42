// What is not finished: files and folders that vanish unless they are published.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"

namespace estiba::fs {

// A new, empty folder of mode 0700, removed with all in it on destruction.
class TemporaryDirectory {
 public:
  // `parent` must exist; the name is `prefix`, a dash and random letters.
  [[nodiscard]] static TemporaryDirectory create(const std::string& parent,
                                                 std::string_view prefix = "tmp");
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;
  ~TemporaryDirectory();

  [[nodiscard]] const std::string& path() const { return path_; }
  // Keeps it; the caller cares for it from here on.
  std::string release();
  // Moves it to `final_path` on the same filesystem and makes the move durable (what is inside is
  // the caller's to sync). False when something is there already, which is kept; ours is removed.
  [[nodiscard]] bool publish(const std::string& final_path);

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;  // empty: nothing to remove
};

// A new, empty file open for reading and writing. It has no name (O_TMPFILE) where the filesystem
// can do that, so that even a power failure leaves nothing behind.
class TemporaryFile {
 public:
  [[nodiscard]] static TemporaryFile create(const std::string& parent,
                                            std::string_view prefix = "tmp");
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&& other) noexcept;
  ~TemporaryFile();

  [[nodiscard]] int fd() const { return fd_.get(); }
  // A path that opens this file within this process only, as long as it lives.
  [[nodiscard]] std::string path() const;

  // Syncs the data, gives the file the name `final_path` on the same filesystem and syncs the
  // folder. False when that name is taken already: the file there is kept, which is right where
  // the name tells the content. Afterwards fd() still reads our own bytes.
  bool publish(const std::string& final_path, unsigned mode = 0644);
  // The same without any sync: after loss of power the name may be there without the content.
  bool publish_unsynced(const std::string& final_path, unsigned mode = 0644);

 private:
  TemporaryFile(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  void discard() noexcept;

  UniqueFd fd_;
  std::string name_;  // empty: anonymous, or published
};

}  // namespace estiba::fs
