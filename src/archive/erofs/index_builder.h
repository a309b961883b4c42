// The index of a layer: an EROFS image of metadata only, whose file data lie in the layer's
// uncompressed tar. The kernel mounts the pair (fs::mount_erofs) without extracting anything.
//
// Blocks are 512 bytes, as in tar; every file is one chunk of device 1 (the tar) that starts at
// the entry's data offset. Format: Documentation/filesystems/erofs.rst, fs/erofs/erofs_fs.h.
#pragma once

#include <cstdint>
#include <memory>

#include "archive/tar_entry.h"

namespace estiba::archive::erofs {

// Takes the entries of a layer in their order, while the tar is being read or written, and writes
// the image at the end. The tree is what extract_layer() makes of the same tar in an empty
// directory, for a lower of overlay: links are followed inside the layer, later entries replace
// earlier ones, whiteouts are overlay's. Same entries, same bytes. Memory is proportional to the
// entries and bounded by limits.h. Not thread-safe.
class IndexBuilder {
 public:
  IndexBuilder();
  ~IndexBuilder();
  IndexBuilder(IndexBuilder&&) noexcept;
  IndexBuilder& operator=(IndexBuilder&&) noexcept;

  // Errors as extract_layer().
  void add(const TarEntry& entry, std::uint64_t data_offset);

  // Writes the image into the empty file `index_fd`. `tar_fd` is only read for sparse files whose
  // extents do not fit blocks. kUnsupported when the tar is larger than 2 TiB. Call it once.
  void finish(int tar_fd, std::uint64_t tar_size_bytes, int index_fd);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads the headers of the tar by position, passing over the data, and writes its index into the
// empty file `index_fd`.
void write_index(int tar_fd, std::uint64_t tar_size_bytes, int index_fd);

}  // namespace estiba::archive::erofs
