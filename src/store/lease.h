// A lease keeps blobs, layers and images of a running process from being collected.
#pragma once

#include <cstdint>
#include <string>

#include "oci/digest.h"

namespace estiba::store {

class Database;

// Thread-safe. Void as soon as its process is dead, whatever killed it.
class Lease {
 public:
  explicit Lease(Database& database);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  void keep_blob(const Digest& blob);
  void keep_layer(const Digest& diff_id);
  void keep_image(const Digest& id);

 private:
  void keep(const char* kind, const Digest& digest);
  Database& database_;
  std::string id_;
};

}  // namespace estiba::store
