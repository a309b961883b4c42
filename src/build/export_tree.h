// A built image's root file system as files: --output type=tar and type=local.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/stream.h"
#include "base/time.h"
#include "build/tag_target.h"
#include "store/snapshot.h"

namespace estiba::build {

// With several images each lies below a directory of its own, "linux_arm64".
struct TreeExport {
  store::Store& store;
  store::SnapshotMounter& mounter;
  const std::vector<BuiltImage>& images;
  std::optional<Timestamp> latest_mtime;
  std::stop_token stop;
};

// One deterministic tar. Does not call finish() of `out`.
void export_tar(const TreeExport& request, Sink& out);
// Files of ours below `directory`, which is made when missing; what is there is kept unless a file
// of the image has its name.
void export_directory(const TreeExport& request, const std::string& directory);

// The files of an archive that `write` makes, below `directory`, which is made when missing.
void unpack_archive(store::Store& store, const std::string& directory,
                    const std::function<void(Sink&)>& write, std::stop_token stop);

}  // namespace estiba::build
