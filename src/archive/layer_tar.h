// The upper directory of an overlay becomes a layer.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "archive/tar_writer.h"
#include "base/stream.h"
#include "base/time.h"

namespace estiba::archive {

struct ChangeOptions {
  // True: the entry is left out, a directory with all below it (mount points that the runtime
  // made). Gets paths in the form of TarEntry::path.
  std::function<bool(std::string_view path)> exclude;
  // Later modification times become this one (SOURCE_DATE_EPOCH).
  std::optional<Timestamp> latest_mtime;
  // As in TarWriterOptions.
  std::function<void(const TarEntry&, std::uint64_t data_offset)> on_entry;
};

struct ChangeSummary {
  std::uint64_t entries = 0;  // 0: nothing changed; the tar is two zero blocks
  std::uint64_t tar_bytes = 0;
};

// Writes what is in `upper_dir_fd` as a deterministic layer tar: names sorted by bytes, parents
// before children, hard links within the upper kept, overlay's whiteouts and opaque marks in the
// layer's spelling, xattrs as is_layer_xattr() has it, sockets left out. Does not call finish() of
// `tar`. The root of the upper is no entry. kUnsupported on redirects and metadata-only copies: the
// overlay must be mounted without them. Nobody may write to the upper meanwhile (kConflict).
ChangeSummary write_change(int upper_dir_fd, Sink& tar, const ChangeOptions& options = {});

// Writes `name` of `parent_fd`, with all below it, as `as` and below that: a tree that somebody
// sees, with nothing to be translated. Does not call finish() of `tar`.
void write_tree(int parent_fd, const std::string& name, const std::string& as, Sink& tar);

}  // namespace estiba::archive
