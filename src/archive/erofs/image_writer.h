// Lays a tree out as an EROFS image and writes it.
//
//   0      nothing
//   1024   superblock
//   1152   the device: the tar
//   1536   inodes in the order of a walk, each with its xattrs, and with its chunks or link target
//   ...    directories, then link targets too long for an inode
//   ...    what of sparse files does not fit the tar's blocks
#pragma once

#include <cstdint>

#include "archive/erofs/layer_tree.h"

namespace estiba::archive::erofs {

struct ImageFiles {
  int tar_fd = -1;
  std::uint64_t tar_size_bytes = 0;
  int image_fd = -1;  // empty
};

void write_image(const LayerTree& tree, const ImageFiles& files);

}  // namespace estiba::archive::erofs
