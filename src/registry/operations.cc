#include "registry/operations.h"

#include <sys/statvfs.h>

#include "base/error.h"
#include "registry/limits.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

double read_number(sql::Connection& connection, std::string_view query) {
  sql::Statement row = connection.query(query);
  return row.step() ? static_cast<double>(row.integer(0)) : 0;
}

}  // namespace

std::optional<http::Response> Operations::answer(const http::Request& request,
                                                 bool may_see_metrics) {
  const std::string& path = request.target().path;
  if (path == "/healthz") return http::Response::text(200, "ok\n");
  if (path == "/readyz") return readiness();
  if (path == "/metrics" && may_see_metrics) return metrics_page();
  return std::nullopt;
}

http::Response Operations::readiness() {
  const std::string reason = unreadiness();
  return reason.empty() ? http::Response::text(200, "ready\n")
                        : http::Response::text(503, reason + "\n");
}

std::string Operations::unreadiness() {
  if (draining_) return "stopping";
  try {
    const auto reader = metadata_.reader();
    (void)read_number(*reader, "SELECT count(*) FROM accounts");
    if (free_bytes() < kMinFreeBytes) return "the disk is full";
  } catch (const Error& error) {
    logger_.error(std::string("not ready: ") + error.what());
    return "the data cannot be reached; the log says why";
  }
  return {};
}

std::uint64_t Operations::free_bytes() const {
  struct statvfs space {};
  if (::statvfs(data_directory_.c_str(), &space) != 0) {
    throw_errno("ask for the space of " + data_directory_);
  }
  return static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
}

http::Response Operations::metrics_page() {
  const auto reader = metadata_.reader();
  const auto number = [&](std::string_view query) { return read_number(*reader, query); };
  std::vector<Metrics::Gauge> gauges = {
      {"estiba_repositories", "Repositories.", number("SELECT count(*) FROM repositories")},
      {"estiba_tags", "Tags.", number("SELECT count(*) FROM tags WHERE ended_at IS NULL")},
      {"estiba_manifests", "Manifests and indexes.", number("SELECT count(*) FROM manifests")},
      {"estiba_blobs", "Blobs, each counted once.", number("SELECT count(*) FROM blobs")},
      {"estiba_blob_bytes", "Their bytes.",
       number("SELECT coalesce(sum(size_bytes), 0) FROM blobs")},
      {"estiba_uploads", "Upload sessions.", static_cast<double>(uploads_.count())},
      {"estiba_storage_free_bytes", "Space that is left where the data are.",
       static_cast<double>(free_bytes())},
  };
  if (more_metrics_) {
    for (Metrics::Gauge& gauge : more_metrics_()) gauges.push_back(std::move(gauge));
  }
  return http::Response::text(200, metrics_.render(gauges),
                              "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace estiba::registry
