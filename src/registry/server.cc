#include "registry/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "base/text.h"
#include "http/server.h"
#include "registry/caretaker.h"
#include "registry/invitations.h"
#include "registry/limits.h"
#include "registry/metadata.h"
#include "registry/profiles.h"
#include "registry/router.h"
#include "registry/scheduled_syncs.h"

namespace estiba::registry {
namespace {

http::ServerOptions server_options(const ServeOptions& options, Metrics& metrics,
                                   const Logger& logger) {
  http::ServerOptions server;
  server.listen_addresses = options.listen;
  if (options.tls) server.tls = std::make_shared<http::ServerTls>(*options.tls, &logger);
  server.stop_grace = options.drain_timeout;
  server.logger = &logger;
  server.on_finished = [&metrics, &logger,
                        log = options.log_requests](const http::AccessRecord& record) {
    metrics.finished(record);
    if (!log) return;
    if (logger.form() == LogForm::kJson) {
      logger.log(LogLevel::kInfo, "request", http::format_access_members(record));
    } else {
      logger.info(http::format_access_line(record));
    }
  };
  return server;
}

// Early enough that a lease is renewed well before a review.
std::chrono::seconds lease_age(const CollectionOptions& options) {
  return std::min<std::chrono::seconds>(kLeaseAge, options.delay / 4);
}

// A connection is a descriptor, and what processes get by default is 1024.
void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

std::unique_ptr<http::Server> make_metrics_server(const ServeOptions& options,
                                                  Operations& operations, const Logger& logger) {
  if (options.metrics_listen.empty()) return nullptr;
  http::ServerOptions server;
  server.listen_addresses = {options.metrics_listen};
  server.max_worker_threads = kMetricsThreads;
  server.logger = &logger;
  return std::make_unique<http::Server>(std::move(server), [&](http::Request& request) {
    auto response = operations.answer(request, true);
    return response ? std::move(*response) : http::Response::text(404, "not found\n");
  });
}

}  // namespace

struct RegistryServer::Parts {
  Parts(ServeOptions serve_options, const web::Pages& pages, const Logger& log)
      : options(std::move(serve_options)),
        logger(log),
        metadata(open_metadata(options.data_directory, options.database)),
        commits(*metadata),
        storage(options.data_directory),
        accounts(*metadata),
        stored_tokens(*metadata),
        sessions(*metadata),
        audit(*metadata),
        organisations(*metadata),
        grants(*metadata),
        providers(*metadata, accounts, options),
        repositories(*metadata),
        signer(options.data_directory + "/token-key.pem"),
        authentication(accounts, stored_tokens, signer, options.public_url),
        blobs(*metadata, commits, storage, lease_age(options.collection)),
        manifests(*metadata, commits, lease_age(options.collection)),
        tags(*metadata, commits),
        uploads(storage, blobs),
        search(*metadata, blobs),
        pulls(*metadata),
        rules(*metadata),
        rate_limiter(options.rate_limit),
        operations(*metadata, options.data_directory, metrics, uploads, logger),
        webhooks(*metadata, options, logger),
        quotas(*metadata, options.quota),
        proxies({*metadata, repositories, manifests, tags, blobs, uploads}, options, logger),
        listings(*metadata, blobs, options.data_directory),
        services{*metadata,  authentication, repositories, blobs,  manifests, tags,
                 uploads,    search,         pulls,        rules,  metrics,   rate_limiter,
                 operations, webhooks,       live,         quotas, proxies,   listings},
        syncs({repositories, blobs, manifests, tags, uploads, webhooks, live}, accounts, options,
              logger),
        web{*metadata, accounts,  stored_tokens, sessions, audit, organisations,
            grants,    providers, options,       logger,   pages},
        caretaker({*metadata, storage, uploads, pulls, listings, logger}, options.collection,
                  options.scrub),
        server(server_options(options, metrics, logger),
               [this](http::Request& request) { return answer(services, web, request); }),
        metrics_server(make_metrics_server(options, operations, logger)) {
    operations.set_more_metrics([this] { return syncs.gauges(); });
  }

  // Keeps the search index near what it describes, however much was pushed.
  void index(const std::stop_token& stop) {
    repeat(stop, kIndexInterval, "while indexing for the search: ", [&] {
      while (!stop.stop_requested() && search.update(kIndexedAtOnce) == kIndexedAtOnce) {
      }
    });
  }
  void repeat(std::stop_token stop, std::chrono::seconds interval, const char* doing,
              const std::function<void()>& work) const {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    do {
      try {
        work();
      } catch (const Error& error) {
        logger.error(doing + std::string(error.what()));
      }
      wake.wait_for(lock, stop, interval, [] { return false; });
    } while (!stop.stop_requested());
  }

  ServeOptions options;
  const Logger& logger;
  std::unique_ptr<sql::ConnectionPool> metadata;
  sql::GroupCommit commits;
  BlobStorage storage;
  Accounts accounts;
  Tokens stored_tokens;
  Sessions sessions;
  Audit audit;
  Organisations organisations;
  Grants grants;
  SignInProviders providers;
  Repositories repositories;
  TokenSigner signer;
  Authentication authentication;
  Blobs blobs;
  Manifests manifests;
  Tags tags;
  Uploads uploads;
  Search search;
  PullCounter pulls;
  RepositoryRules rules;
  Metrics metrics;
  RateLimiter rate_limiter;
  Operations operations;
  Webhooks webhooks;
  LiveEvents live;
  Quotas quotas;
  Proxies proxies;
  LayerListings listings;
  Services services;
  ScheduledSyncs syncs;
  web::WebServices web;
  Caretaker caretaker;
  http::Server server;
  std::unique_ptr<http::Server> metrics_server;
  std::jthread indexer;
};

RegistryServer::RegistryServer(ServeOptions options, const web::Pages& pages, const Logger& logger)
    : parts_(std::make_unique<Parts>(std::move(options), pages, logger)) {}

RegistryServer::~RegistryServer() = default;

void RegistryServer::start() {
  allow_many_files();
  parts_->server.start();
  if (parts_->metrics_server) parts_->metrics_server->start();
  parts_->indexer = std::jthread([this](std::stop_token stop) { parts_->index(stop); });
  parts_->caretaker.start();
  parts_->webhooks.start();
  parts_->syncs.start();
}

std::string RegistryServer::address() const {
  return join(parts_->server.addresses(), ", ");
}

std::string RegistryServer::setup_url() const {
  if (!needs_setup(*parts_->metadata)) return {};
  const ServeOptions& options = parts_->options;
  const std::string base = options.public_url.empty() ? (options.tls ? "https://" : "http://") +
                                                            parts_->server.addresses().front()
                                                      : options.public_url;
  return base + "/setup#" + make_invitation(*parts_->metadata, {InvitationKind::kSetup}).secret;
}

std::string RegistryServer::metrics_address() const {
  return parts_->metrics_server ? parts_->metrics_server->addresses().front() : std::string();
}

void RegistryServer::stop() {
  parts_->indexer.request_stop();
  parts_->live.close();
  parts_->server.stop();
  parts_->syncs.stop();
  parts_->webhooks.stop();
  parts_->caretaker.stop();
  if (parts_->metrics_server) parts_->metrics_server->stop();
}

void RegistryServer::run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
  parts_->operations.drain();
  std::this_thread::sleep_for(parts_->options.drain_delay);
  this->stop();
}

}  // namespace estiba::registry
