#include "registry/proxies.h"

#include <utility>

#include "base/cancel.h"
#include "base/error.h"
#include "oci/manifest.h"
#include "registry/api_error.h"
#include "registry/limits.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

// Tells how much has been written: whoever asks for more has written what he had.
class ReportingSource final : public Source {
 public:
  ReportingSource(Source& inner, BlobFetch& fetch, std::stop_token stop)
      : inner_(inner), fetch_(fetch), stop_(std::move(stop)) {}

  [[nodiscard]] std::size_t read(MutableBytes buffer) override {
    throw_if_stopped(stop_);
    fetch_.grown_to(passed_bytes_);
    const std::size_t size = inner_.read(buffer);
    passed_bytes_ += size;
    return size;
  }

 private:
  Source& inner_;
  BlobFetch& fetch_;
  std::stop_token stop_;
  std::uint64_t passed_bytes_ = 0;
};

std::optional<Descriptor> find_descriptor(const std::string& bytes, const std::string& media_type,
                                          const Digest& digest) {
  std::vector<Descriptor> all;
  if (is_index_media_type(media_type)) {
    all = Index::parse(bytes, media_type).manifests;
  } else {
    Manifest manifest = Manifest::parse(bytes, media_type);
    all = std::move(manifest.layers);
    all.push_back(std::move(manifest.config));
  }
  for (Descriptor& one : all) {
    if (one.digest == digest) return std::move(one);
  }
  return std::nullopt;
}

}  // namespace

Proxies::Proxies(Parts parts, const ServeOptions& options, const Logger& logger)
    : parts_(parts), logger_(logger) {
  for (const ProxySettings& settings : options.proxies) {
    Proxy proxy{settings, {}};
    for (const std::string& url : settings.upstreams) {
      proxy.upstreams.push_back(std::make_unique<Upstream>(url, settings.login, options));
    }
    proxies_.emplace(settings.prefix, std::move(proxy));
  }
  if (proxies_.empty()) return;
  threads_ = std::make_unique<ThreadPool>(kUpstreamDownloads);
  parts_.repositories.set_proxied([this](const std::string& name) -> std::optional<Visibility> {
    const Proxy* proxy = find(name);
    if (proxy == nullptr) return std::nullopt;
    return proxy->settings.is_public ? Visibility::kPublic : Visibility::kPrivate;
  });
}

Proxies::~Proxies() {
  stop_.request_stop();
  threads_.reset();
}

const Proxies::Proxy* Proxies::find(const std::string& repository) const {
  for (const auto& [prefix, proxy] : proxies_) {
    if (repository.size() > prefix.size() + 1 && repository.starts_with(prefix) &&
        repository[prefix.size()] == '/') {
      return &proxy;
    }
  }
  return nullptr;
}

const Proxies::Proxy& Proxies::proxy_of(const std::string& repository) const {
  const Proxy* proxy = find(repository);
  if (proxy == nullptr) throw Error(ErrorCode::kInternal, repository + " is of no upstream");
  return *proxy;
}

bool Proxies::handles(const std::string& repository) const {
  return find(repository) != nullptr;
}

std::string Proxies::upstream_path(const Proxy& proxy, const std::string& repository) {
  return repository.substr(proxy.settings.prefix.size() + 1);
}

template <typename Ask>
auto Proxies::ask(const Proxy& proxy, Ask&& ask_one)
    -> std::optional<decltype(ask_one(std::declval<Upstream&>()))> {
  std::exception_ptr down;
  for (const auto& upstream : proxy.upstreams) {
    try {
      return ask_one(*upstream);
    } catch (const Error& error) {
      if (!is_down(error)) continue;
      logger_.warning("the upstream of " + proxy.settings.prefix + ": " + error.what());
      down = std::current_exception();
    }
  }
  if (down) std::rethrow_exception(down);
  return std::nullopt;
}

std::shared_ptr<std::mutex> Proxies::lock_for(const std::string& key) {
  const std::lock_guard lock(mutex_);
  std::erase_if(locks_, [](const auto& entry) { return entry.second.expired(); });
  std::shared_ptr<std::mutex> found = locks_[key].lock();
  if (!found) {
    found = std::make_shared<std::mutex>();
    locks_[key] = found;
  }
  return found;
}

bool Proxies::checked_lately(const Proxy& proxy, const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = checked_.find(key);
  return found != checked_.end() && Clock::now() - found->second < proxy.settings.check_interval;
}

Freshness Proxies::refresh_manifest(const std::string& repository, const std::string& reference) {
  const Proxy& proxy = proxy_of(repository);
  const std::string key = repository + "@" + reference;
  // Whoever asks for the same waits for the first to have it.
  const auto mutex = lock_for(key);
  const std::lock_guard lock(*mutex);
  if (const auto digest = Digest::try_parse(reference)) {
    return fetch_digest(proxy, repository, *digest);
  }
  return refresh_tag(proxy, repository, reference);
}

Freshness Proxies::fetch_digest(const Proxy& proxy, const std::string& repository,
                                const Digest& digest) {
  const auto id = parts_.repositories.view(repository, {}).id;
  if (id && parts_.manifests.find(*id, digest)) return Freshness::kFresh;
  const auto document = ask(proxy, [&](Upstream& upstream) {
    const Reference reference(upstream.repository(upstream_path(proxy, repository)), std::nullopt,
                              digest);
    return upstream.client().get_manifest(reference, stop_.get_token());
  });
  if (!document) return Freshness::kAbsent;
  keep(proxy, repository, *document, "");
  return Freshness::kFresh;
}

Freshness Proxies::refresh_tag(const Proxy& proxy, const std::string& repository,
                               const std::string& tag) {
  const std::string key = repository + ":" + tag;
  const auto id = parts_.repositories.view(repository, {}).id;
  const auto here = id ? parts_.tags.find(*id, tag) : std::nullopt;
  if (here && checked_lately(proxy, key)) return Freshness::kFresh;
  try {
    const auto document = ask(proxy, [&](Upstream& upstream) {
      const Repository name = upstream.repository(upstream_path(proxy, repository));
      const Descriptor there =
          upstream.client().resolve(Reference(name, tag, std::nullopt), stop_.get_token());
      if (here == there.digest) return std::optional<store::ManifestDocument>();
      return std::optional(upstream.client().get_manifest(
          Reference(name, std::nullopt, there.digest), stop_.get_token()));
    });
    if (!document) return Freshness::kAbsent;
    if (*document) keep(proxy, repository, **document, tag);
  } catch (const Error& error) {
    if (!here || !is_down(error)) throw;
    return Freshness::kStale;
  }
  const std::lock_guard lock(mutex_);
  if (checked_.size() >= kMaxCheckedTags) checked_.clear();
  checked_[key] = Clock::now();
  return Freshness::kFresh;
}

void Proxies::keep(const Proxy& proxy, const std::string& repository,
                   const store::ManifestDocument& document, const std::string& tag) {
  const std::int64_t id = parts_.repositories.ensure(
      repository, {}, proxy.settings.is_public ? Visibility::kPublic : Visibility::kPrivate);
  parts_.repositories.mark_proxied(id);
  NewManifest manifest;
  manifest.media_type = document.media_type;
  manifest.bytes = document.bytes;
  manifest.expected = document.digest;
  if (!tag.empty()) manifest.tags = {tag};
  manifest.may_lack_references = true;  // they come when they are asked for
  (void)parts_.manifests.put(id, manifest);
}

std::optional<Descriptor> Proxies::describe_blob(std::int64_t repository, const Digest& digest) {
  const auto reader = parts_.metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT m.bytes, m.media_type FROM manifest_references f JOIN manifests m "
      "ON m.repository_id = f.repository_id AND m.digest = f.manifest "
      "WHERE f.repository_id = $1 AND f.target = $2",
      repository, digest.to_string());
  for (const sql::Statement& row : rows) {
    if (auto found = find_descriptor(row.blob(0), row.text(1), digest)) return found;
  }
  return std::nullopt;
}

std::shared_ptr<BlobFetch> Proxies::fetch_blob(std::int64_t repository_id,
                                               const std::string& repository,
                                               const Digest& digest) {
  const std::optional<Descriptor> descriptor = describe_blob(repository_id, digest);
  if (!descriptor || descriptor->size_bytes > kMaxBlobBytes) return nullptr;
  const std::string key = repository + "@" + digest.to_string();
  std::shared_ptr<BlobFetch> fetch;
  {
    const std::lock_guard lock(mutex_);
    const auto found = fetches_.find(key);
    if (found != fetches_.end()) return found->second;
    if (parts_.blobs.find(repository_id, digest)) return nullptr;
    fetch = std::make_shared<BlobFetch>(descriptor->size_bytes);
    fetches_.emplace(key, fetch);
  }
  threads_->submit([this, key, fetch, repository, repository_id, descriptor = *descriptor] {
    try {
      download(repository, repository_id, descriptor, *fetch);
    } catch (const std::exception& error) {
      logger_.warning("while fetching " + key + ": " + error.what());
      fetch->fail(std::current_exception());
    }
    const std::lock_guard lock(mutex_);
    fetches_.erase(key);
  });
  return fetch;
}

void Proxies::download(const std::string& repository, std::int64_t repository_id,
                       const Descriptor& descriptor, BlobFetch& fetch) {
  const Proxy& proxy = proxy_of(repository);
  const std::stop_token stop = stop_.get_token();
  auto source = ask(proxy, [&](Upstream& upstream) {
    return upstream.client().open_blob(upstream.repository(upstream_path(proxy, repository)),
                                       descriptor, 0, stop);
  });
  if (!source) throw ApiError(404, "BLOB_UNKNOWN", "the upstream does not have the blob");
  Upload upload = parts_.uploads.begin(repository_id, 0, descriptor.digest.algorithm());
  try {
    fetch.begin(duplicate(upload.fd()));
    ReportingSource reporting(**source, fetch, stop);
    upload.append(reporting);
    upload.finish(repository_id, descriptor.digest);
  } catch (...) {
    upload.cancel();
    throw;
  }
  fetch.finish();
}

std::vector<std::string> Proxies::list_tags(const std::string& repository) {
  const Proxy& proxy = proxy_of(repository);
  const auto tags = ask(proxy, [&](Upstream& upstream) {
    return upstream.client().list_tags(upstream.repository(upstream_path(proxy, repository)),
                                       stop_.get_token());
  });
  if (!tags) throw ApiError(404, "NAME_UNKNOWN", "the upstream does not know the repository");
  return *tags;
}

}  // namespace estiba::registry
