// A layer becomes a directory tree.
#pragma once

#include <cstdint>
#include <stop_token>

#include "base/stream.h"
#include "fs/root_dir.h"

namespace estiba::archive {

enum class WhiteoutHandling {
  kNone,     // the tar is no layer: ".wh.x" is a file as others are
  kOverlay,  // the tree will be a lower of overlay: character device 0:0, opaque xattr
  kApply,    // the tree holds the layers below: remove from it
};

enum class DeviceHandling {
  kCreate,  // needs CAP_MKNOD
  kSkip,
  kRefuse,  // kPermissionDenied
};

// Where overlay looks for its marks: users may not write trusted attributes (userxattr).
enum class OverlayMarks { kTrusted, kUser };

struct ExtractOptions {
  WhiteoutHandling whiteouts = WhiteoutHandling::kOverlay;
  DeviceHandling devices = DeviceHandling::kCreate;
  // False (no root): everything belongs to us and xattrs that only root may set are left out.
  bool set_owners = true;
  OverlayMarks marks = OverlayMarks::kTrusted;
  std::stop_token stop;
};

struct ExtractSummary {
  std::uint64_t entries = 0;
  std::uint64_t file_bytes = 0;
};

// Extracts below `destination`, following links inside it only. An entry replaces what is there,
// but a directory joins a directory. Parents that the tar does not have are made (0755, root, time
// 0). Nothing is synced. Throws kInvalidArgument naming the entry when it climbs out, links to what
// is not there, or has a file as its parent. The same tree as erofs::IndexBuilder describes.
ExtractSummary extract_layer(Source& tar, const fs::RootDir& destination,
                             const ExtractOptions& options);

}  // namespace estiba::archive
