// What a Store is made of, for the store's own implementation files.
#pragma once

#include "store/blob_store.h"
#include "store/build_cache.h"
#include "store/collection.h"
#include "store/container_index.h"
#include "store/database.h"
#include "store/image_store.h"
#include "store/layer_files.h"
#include "store/layer_store.h"
#include "store/store.h"
#include "store/temporary_area.h"

namespace estiba::store {

// In the order of their making; each borrows from those above it.
struct Store::Parts {
  explicit Parts(const StoreOptions& options);

  std::string root;
  TemporaryArea temporary;
  LayerFiles layer_files;
  Database database;
  BlobStore blobs;
  Collector collector;
  LayerStore layers;
  ImageStore images;
  BuildCache build_cache;
  ContainerIndex containers;
};

}  // namespace estiba::store
