#include "archive/extract.h"

#include <fmt/format.h>

#include "archive/tar_reader.h"
#include "archive/tree_writer.h"
#include "base/error.h"

namespace estiba::archive {

ExtractSummary extract_layer(Source& tar, const fs::RootDir& destination,
                             const ExtractOptions& options) {
  ExtractSummary summary;
  TarReader reader(tar);
  TreeWriter writer(destination, options);
  while (const auto entry = reader.next()) {
    if (options.stop.stop_requested()) {
      throw Error(ErrorCode::kCancelled, "extracting the layer was stopped");
    }
    with_context([&] { return fmt::format("extracting {:?}", entry->path); },
                 [&] { writer.add(*entry, reader.body()); });
    ++summary.entries;
    summary.file_bytes += entry->size_bytes;
  }
  writer.finish();
  return summary;
}

}  // namespace estiba::archive
