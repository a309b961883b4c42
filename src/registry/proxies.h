// Repositories below a prefix that are those of upstream registries: what is asked for is fetched
// once, verified, kept, and then served from here.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/thread_pool.h"
#include "registry/blob_fetch.h"
#include "registry/blobs.h"
#include "registry/manifests.h"
#include "registry/repositories.h"
#include "registry/settings.h"
#include "registry/tags.h"
#include "registry/uploads.h"
#include "registry/upstream.h"

namespace estiba::registry {

enum class Freshness {
  kFresh,   // as the upstream has it, or had it within the check interval
  kStale,   // the upstream is down: as it was
  kAbsent,  // the upstream does not have it
};

// Thread-safe. Borrows all but the settings, which it copies. The destructor breaks off what is
// being fetched.
class Proxies {
 public:
  struct Parts {
    sql::ConnectionPool& metadata;
    Repositories& repositories;
    Manifests& manifests;
    Tags& tags;
    Blobs& blobs;
    Uploads& uploads;
  };
  Proxies(Parts parts, const ServeOptions& options, const Logger& logger);
  ~Proxies();

  // Whether the repository is one of an upstream's.
  [[nodiscard]] bool handles(const std::string& repository) const;
  // Brings the manifest (tag or digest) here when it has to be; kUnavailable when no upstream
  // answers and there is none here.
  [[nodiscard]] Freshness refresh_manifest(const std::string& repository,
                                           const std::string& reference);
  // The download of a blob that is not here, begun or joined; nothing when no manifest here refers
  // to it, or when it has arrived meanwhile.
  [[nodiscard]] std::shared_ptr<BlobFetch> fetch_blob(std::int64_t repository_id,
                                                      const std::string& repository,
                                                      const Digest& digest);
  // All tags as the upstream has them.
  [[nodiscard]] std::vector<std::string> list_tags(const std::string& repository);

 private:
  using Clock = std::chrono::steady_clock;
  struct Proxy {
    ProxySettings settings;
    std::vector<std::unique_ptr<Upstream>> upstreams;
  };
  [[nodiscard]] const Proxy* find(const std::string& repository) const;
  [[nodiscard]] const Proxy& proxy_of(const std::string& repository) const;
  [[nodiscard]] static std::string upstream_path(const Proxy& proxy, const std::string& repository);
  // The answer of the first upstream that has one; nothing when those that answer do not have it.
  template <typename Ask>
  auto ask(const Proxy& proxy, Ask&& ask_one)
      -> std::optional<decltype(ask_one(std::declval<Upstream&>()))>;
  [[nodiscard]] std::shared_ptr<std::mutex> lock_for(const std::string& key);
  [[nodiscard]] bool checked_lately(const Proxy& proxy, const std::string& key);
  Freshness refresh_tag(const Proxy& proxy, const std::string& repository, const std::string& tag);
  Freshness fetch_digest(const Proxy& proxy, const std::string& repository, const Digest& digest);
  void keep(const Proxy& proxy, const std::string& repository,
            const store::ManifestDocument& document, const std::string& tag);
  [[nodiscard]] std::optional<Descriptor> describe_blob(std::int64_t repository,
                                                        const Digest& digest);
  void download(const std::string& repository, std::int64_t repository_id,
                const Descriptor& descriptor, BlobFetch& fetch);

  Parts parts_;
  const Logger& logger_;
  std::map<std::string, Proxy> proxies_;  // by prefix
  std::stop_source stop_;
  std::mutex mutex_;  // guards the maps below
  std::map<std::string, std::weak_ptr<std::mutex>> locks_;
  std::map<std::string, Clock::time_point> checked_;
  std::map<std::string, std::shared_ptr<BlobFetch>> fetches_;
  std::unique_ptr<ThreadPool> threads_;
};

}  // namespace estiba::registry
