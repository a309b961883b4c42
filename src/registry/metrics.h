// What the registry counts, in Prometheus' text format and under the names that dashboards for
// docker's registry expect.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "http/access_log.h"

namespace estiba::registry {

// Thread-safe.
class Metrics {
 public:
  // Counts a request as running while it lives.
  class Running {
   public:
    explicit Running(Metrics& metrics) : metrics_(metrics) { ++metrics_.running_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { --metrics_.running_; }

   private:
    Metrics& metrics_;
  };

  void finished(const http::AccessRecord& record);
  [[nodiscard]] std::int64_t running() const { return running_; }
  // A value that is measured when it is asked for.
  struct Gauge {
    std::string name;
    std::string help;
    double value = 0;
    std::string labels{};  // "a=\"b\"", for several of one name, which follow each other
  };
  [[nodiscard]] std::string render(const std::vector<Gauge>& gauges) const;

 private:
  static constexpr std::size_t kBuckets = 12;
  struct Histogram {
    std::array<std::uint64_t, kBuckets> counts{};  // not cumulated; what is longer is in `count`
    std::uint64_t count = 0;
    double sum = 0;
  };
  struct Series {
    Histogram seconds;
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
  };

  std::atomic<std::int64_t> running_ = 0;
  mutable std::mutex mutex_;  // guards the maps
  std::map<std::tuple<std::string, std::string, int>, std::uint64_t> requests_;
  std::map<std::pair<std::string, std::string>, Series> series_;  // by handler and method
};

}  // namespace estiba::registry
