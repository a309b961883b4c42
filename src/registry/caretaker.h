// What a serving registry does by itself: ends abandoned uploads, collects, applies retention
// rules.
#pragma once

#include <thread>

#include "base/log.h"
#include "registry/collector.h"
#include "registry/uploads.h"

namespace estiba::registry {

// start() and stop() belong to one thread. Borrows all; what fails is logged and tried again.
class Caretaker {
 public:
  Caretaker(sql::ConnectionPool& metadata, BlobStorage& storage, Uploads& uploads,
            CollectionOptions options, const Logger& logger);
  ~Caretaker();

  void start();
  void stop();

 private:
  void run(const std::stop_token& stop);
  void collect(const std::stop_token& stop);

  Uploads& uploads_;
  Collector collector_;
  const CollectionOptions options_;
  const Logger& logger_;
  std::jthread thread_;
};

}  // namespace estiba::registry
