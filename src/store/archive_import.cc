#include <fmt/format.h>

#include <memory>

#include "archive/compression.h"
#include "archive/file_source.h"
#include "archive/tar_reader.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/time.h"
#include "store/archives.h"
#include "store/image_store.h"
#include "store/layer_store.h"
#include "store/limits.h"
#include "store/store.h"

namespace estiba::store {
namespace {

// Any bytes can be hashed; only a tar can be a layer.
void check_is_tar(const UniqueFd& file, const std::stop_token& stop) {
  archive::FileSource source(file.get(), 0, file_size(file.get(), "archive"), "archive");
  archive::TarReader reader(source);
  bool has_entries = false;
  while (reader.next()) {
    has_entries = true;
    throw_if_stopped(stop);
  }
  if (!has_entries) {
    throw Error(ErrorCode::kInvalidArgument, "this is no tar archive, or an empty one");
  }
}

ImageConfig describe(const ImportOptions& options, const Digest& diff_id) {
  ImageConfig config;
  config.created = now();
  config.platform = options.platform;
  config.config = options.config;
  config.diff_ids = {diff_id};
  HistoryEntry history;
  history.created = config.created;
  history.comment = options.message.empty() ? "Imported from -" : options.message;
  config.history = {history};
  return config;
}

}  // namespace

Digest import_root_file_system(Store& store, Source& tar, const ImportOptions& options,
                               std::stop_token stop) {
  const std::unique_ptr<Source> plain = archive::open_maybe_compressed(tar);
  LimitedSource limited(*plain, kMaxLayerTarBytes, "root file system");
  CountingSource counted(limited, [&](std::uint64_t) { throw_if_stopped(stop); });
  const std::unique_ptr<LayerWriter> writer = store.layers().create();
  copy(counted, *writer);

  const Digest diff_id = writer->commit();
  check_is_tar(store.layers().open_tar(diff_id, stop), stop);
  std::vector<Reference> tags;
  if (options.reference) tags.push_back(*options.reference);
  return store.images().publish(
      {.config_bytes = describe(options, diff_id).serialize(), .parent = std::nullopt}, tags);
}

}  // namespace estiba::store
