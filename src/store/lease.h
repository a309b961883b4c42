// A lease keeps blobs, layers and images of a running process from being collected.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "oci/digest.h"

namespace estiba::sql {
class Connection;
}

namespace estiba::store {

class Database;

// Thread-safe. Void as soon as its process is dead, whatever killed it.
//
// What was found present before it was leased may be gone: lease first, then ask whether it is
// there. Something may be leased before it exists.
class Lease {
 public:
  explicit Lease(Database& database);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  void keep_blob(const Digest& blob);
  void keep_layer(const Digest& diff_id);
  void keep_layers(const std::vector<Digest>& diff_ids);  // in one transaction
  void keep_image(const Digest& id);
  // The same as part of the caller's write transaction: what is made there is kept from its first
  // moment.
  void keep_layer(sql::Connection& connection, const Digest& diff_id);

 private:
  void keep(const char* kind, const std::vector<Digest>& digests);
  void keep(sql::Connection& connection, const char* kind, const std::vector<Digest>& digests);

  Database& database_;
  const std::string id_;
  std::atomic<bool> is_recorded_ = false;
};

// Deletes the leases of dead processes; part of the caller's write transaction.
void delete_void_leases(sql::Connection& connection);

}  // namespace estiba::store
