// What is in the layers that the registry keeps: listed once, when somebody first looks, and kept
// beside the blobs.
//
//   <data>/cache/listings/<algorithm>-<hex>   one layer's listing (archive/listing)
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "archive/listing/layer_listing.h"
#include "base/thread_pool.h"
#include "oci/digest.h"
#include "registry/blobs.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// Thread-safe. Borrows metadata and blobs. The destructor breaks off what is being listed.
class LayerListings {
 public:
  using Listing = std::shared_ptr<const archive::LayerListing>;
  // Whether whoever asked does not wait any longer; called now and then.
  using Abandoned = std::function<bool()>;

  LayerListings(sql::ConnectionPool& metadata, Blobs& blobs, const std::string& data_directory);
  ~LayerListings();

  // Those of layers that the repository has, in the same order. Layers that nobody has listed are
  // read by a few threads, each once however many ask for it, and no further when nobody waits for
  // it any more. Errors: kNotFound for a layer that this repository does not have, whoever else
  // may; kInvalidArgument for what is no layer; kUnavailable when too many wait already;
  // kCancelled when abandoned.
  [[nodiscard]] std::vector<Listing> get(std::int64_t repository, const std::vector<Digest>& layers,
                                         const Abandoned& abandoned);
  // The content of a file of the repository's layer. Errors as those of get().
  [[nodiscard]] std::string read(std::int64_t repository, const Digest& layer,
                                 const archive::ListedEntry& file, const Abandoned& abandoned);
  // Forgets the listings of blobs that are gone.
  void sweep();

 private:
  struct Flight;  // one layer that is being listed
  struct Waiting;
  struct Opened {
    Listing listing;
    std::list<std::string>::iterator used;
  };

  [[nodiscard]] std::string file_of(const std::string& digest) const;
  [[nodiscard]] Listing find_opened(const std::string& digest);
  [[nodiscard]] std::shared_ptr<Flight> join_flight(std::int64_t repository, const Digest& digest);
  [[nodiscard]] Listing wait_for(Flight& flight, const Abandoned& abandoned);
  void leave_flight(const std::string& digest, const std::shared_ptr<Flight>& flight);
  void run_flight(std::int64_t repository, const Digest& digest, Flight& flight);
  [[nodiscard]] Listing load(const Digest& digest);
  [[nodiscard]] Listing make(std::int64_t repository, const Digest& digest,
                             const std::stop_token& stop);
  void keep_opened(const std::string& digest, const Listing& listing);
  void make_room(std::uint64_t added_bytes);

  sql::ConnectionPool& metadata_;
  Blobs& blobs_;
  const std::string directory_;
  std::stop_source stop_;
  std::mutex mutex_;  // guards all below
  std::condition_variable landed_;
  int waiting_ = 0;  // requests
  int reading_ = 0;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
  std::map<std::string, Opened> opened_;
  std::list<std::string> used_;                    // of opened_, the last used in front
  std::map<std::string, std::string> unreadable_;  // layers that are none, and why
  std::mutex room_mutex_;
  std::uint64_t stored_bytes_ = 0;
  std::unique_ptr<ThreadPool> threads_;
};

}  // namespace estiba::registry
