#include "registry/operations.h"

#include <sys/statvfs.h>

#include "base/error.h"
#include "registry/limits.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

std::uint64_t free_bytes(const std::string& directory) {
  struct statvfs space {};
  if (::statvfs(directory.c_str(), &space) != 0) throw_errno("ask for the space of " + directory);
  return static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
}

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
  if (draining_) return http::Response::text(503, "stopping\n");
  try {
    const auto reader = metadata_.reader();
    (void)read_number(*reader, "SELECT count(*) FROM accounts");
    if (free_bytes(data_directory_) < kMinFreeBytes) {
      return http::Response::text(503, "the disk is full\n");
    }
  } catch (const Error& error) {
    logger_.error(std::string("not ready: ") + error.what());
    return http::Response::text(503, "the data cannot be reached; the log says why\n");
  }
  return http::Response::text(200, "ready\n");
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
       static_cast<double>(free_bytes(data_directory_))},
  };
  if (more_metrics_) {
    for (Metrics::Gauge& gauge : more_metrics_()) gauges.push_back(std::move(gauge));
  }
  return http::Response::text(200, metrics_.render(gauges),
                              "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace estiba::registry
