// What the implementation of LayerStore is made of; spread over layer_*.cc by topic.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "store/blob_store.h"
#include "store/database.h"
#include "store/layer_files.h"
#include "store/layer_form.h"
#include "store/layer_rows.h"
#include "store/layer_store.h"
#include "store/lease.h"
#include "store/temporary_area.h"

namespace estiba::store {

struct LayerStore::Parts {
  Database& database;
  BlobStore& blobs;
  TemporaryArea& temporary;
  const LayerFiles& files;
  FormChoice form;
  Lease lease;  // of the layers made here: their makers have no chance to lease them earlier

  [[nodiscard]] fs::FileLock lock(const Digest& diff_id, std::stop_token stop) const {
    return fs::FileLock::exclusive(temporary.lock_path("layer-" + diff_id.hex()), std::move(stop));
  }
  // Makes a complete tar the layer's, unless it has one.
  void adopt_tar(const Digest& diff_id, fs::TemporaryFile file, std::uint64_t size_bytes);
  // The tar, if there is one.
  [[nodiscard]] std::optional<UniqueFd> try_open_tar(const Digest& diff_id) const;
};

}  // namespace estiba::store
