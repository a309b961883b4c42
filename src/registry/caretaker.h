// What a serving registry does by itself: ends abandoned uploads, collects, applies retention
// rules.
#pragma once

#include <thread>

#include "base/log.h"
#include "registry/collector.h"
#include "registry/layer_listings.h"
#include "registry/pull_counter.h"
#include "registry/retention.h"
#include "registry/scrubber.h"
#include "registry/uploads.h"

namespace estiba::registry {

// start() and stop() belong to one thread. Borrows all; what fails is logged and tried again.
class Caretaker {
 public:
  struct Parts {
    sql::ConnectionPool& metadata;
    BlobStorage& storage;
    Uploads& uploads;
    PullCounter& pulls;
    LayerListings& listings;
    const Logger& logger;
  };
  Caretaker(const Parts& parts, CollectionOptions collection, ScrubOptions scrub);
  ~Caretaker();

  void start();
  void stop();

 private:
  void run(const std::stop_token& stop);
  void collect(const std::stop_token& stop);
  void apply_retention();
  void scrub(const std::stop_token& stop);

  Uploads& uploads_;
  PullCounter& pulls_;
  LayerListings& listings_;
  Collector collector_;
  Retention retention_;
  Scrubber scrubber_;
  const CollectionOptions options_;
  const Logger& logger_;
  std::jthread thread_;
  std::jthread scrub_thread_;  // one round of it takes days
};

}  // namespace estiba::registry
