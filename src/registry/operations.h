// The paths for those who run the registry: /healthz, /readyz and /metrics.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "http/request.h"
#include "http/response.h"
#include "registry/metrics.h"
#include "registry/uploads.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// Thread-safe. Borrows all.
class Operations {
 public:
  Operations(sql::ConnectionPool& metadata, std::string data_directory, Metrics& metrics,
             const Uploads& uploads, const Logger& logger)
      : metadata_(metadata),
        data_directory_(std::move(data_directory)),
        metrics_(metrics),
        uploads_(uploads),
        logger_(logger) {}

  // From now on /readyz says that new work should go elsewhere.
  void drain() { draining_ = true; }
  // More values for /metrics. Set before anything is served.
  void set_more_metrics(std::function<std::vector<Metrics::Gauge>()> more) {
    more_metrics_ = std::move(more);
  }
  // The answer for a path that is one of these; /metrics only with `may_see_metrics`.
  [[nodiscard]] std::optional<http::Response> answer(const http::Request& request,
                                                     bool may_see_metrics);
  [[nodiscard]] http::Response metrics_page();
  // Why new work should go elsewhere, in words; empty when it should not.
  [[nodiscard]] std::string unreadiness();
  [[nodiscard]] std::uint64_t free_bytes() const;  // where the data are
  [[nodiscard]] Timestamp started_at() const { return started_at_; }

 private:
  [[nodiscard]] http::Response readiness();

  sql::ConnectionPool& metadata_;
  const std::string data_directory_;
  Metrics& metrics_;
  const Uploads& uploads_;
  const Logger& logger_;
  std::function<std::vector<Metrics::Gauge>()> more_metrics_;
  std::atomic<bool> draining_ = false;
  const Timestamp started_at_ = now();
};

}  // namespace estiba::registry
