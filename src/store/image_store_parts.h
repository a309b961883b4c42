// What the implementation of ImageStore is made of; spread over image_*.cc by topic.
#pragma once

#include "store/collection.h"
#include "store/database.h"
#include "store/image_store.h"
#include "store/layer_files.h"
#include "store/temporary_area.h"

namespace estiba::store {

struct ImageStore::Parts {
  Database& database;
  const LayerFiles& files;
  TemporaryArea& temporary;
  Collector& collector;
};

}  // namespace estiba::store
