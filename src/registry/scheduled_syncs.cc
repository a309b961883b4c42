#include "registry/scheduled_syncs.h"

#include <condition_variable>

#include "base/error.h"
#include "base/size.h"
#include "base/time.h"
#include "client/registry_error.h"
#include "registry/repository_sync.h"
#include "registry/upstream.h"

namespace estiba::registry {
namespace {

constexpr const char* kSyncAccount = "sync";

std::string sync_sentence(const SyncStep& step) {
  switch (step.kind) {
    case SyncStepKind::kCopied:
      return "brought " + step.tag + " (" + step.digest + ")";
    case SyncStepKind::kDeleted:
      return "ended " + step.tag + ", which the source does not have";
    case SyncStepKind::kFailed:
      return step.tag + " did not come: " + client::printable(step.failure, 512);
    case SyncStepKind::kUnchanged:
      break;
  }
  return {};
}

}  // namespace

ScheduledSyncs::~ScheduledSyncs() {
  stop();
}

void ScheduledSyncs::start() {
  for (const SyncSettings& sync : options_.syncs) {
    states_.emplace(sync.name, State{});
    threads_.emplace_back([this, &sync](const std::stop_token& stop) { repeat(sync, stop); });
  }
}

void ScheduledSyncs::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

void ScheduledSyncs::repeat(const SyncSettings& sync, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    bool whole = false;
    try {
      whole = run(sync, stop);
    } catch (const Error& error) {
      if (stop.stop_requested()) return;
      logger_.error("the sync " + sync.name + ": " + client::printable(error.what(), 1024));
    }
    {
      const std::lock_guard state_lock(mutex_);
      State& state = states_[sync.name];
      if (whole) {
        state.succeeded_at = unix_seconds(now());
      } else {
        ++state.failures;
      }
    }
    wake.wait_for(lock, stop, sync.interval, [] { return false; });
  }
}

std::int64_t ScheduledSyncs::target_repository(const SyncSettings& sync) {
  Principal owner;
  if (!sync.owner.empty()) {
    owner.account = accounts_.find(sync.owner);
    if (!owner.account) {
      throw Error(ErrorCode::kNotFound, "there is no account \"" + sync.owner + "\"");
    }
  }
  return parts_.repositories.ensure(sync.repository, owner,
                                    sync.is_public ? Visibility::kPublic : Visibility::kPrivate);
}

bool ScheduledSyncs::run(const SyncSettings& sync, const std::stop_token& stop) {
  const auto [scheme, name] = split_upstream_url(sync.source);
  const Repository from = Repository::parse(name);
  Upstream upstream(scheme + from.registry(), sync.login, options_);
  const auto target =
      local_sync_target(parts_, sync.repository, target_repository(sync), kSyncAccount);
  RepositorySync work(upstream.client(), from, *target,
                      {.tags = sync.tags, .delete_missing = sync.delete_missing}, stop);
  const SyncReport report = work.run([&](const SyncStep& step) {
    if (step.kind == SyncStepKind::kUnchanged) return;
    logger_.info("the sync " + sync.name + ": " + sync_sentence(step));
  });
  const std::lock_guard lock(mutex_);
  State& state = states_[sync.name];
  state.copied_tags += report.copied;
  state.copied_bytes += report.copied_bytes;
  return report.failed == 0;
}

std::vector<Metrics::Gauge> ScheduledSyncs::gauges() const {
  const std::lock_guard lock(mutex_);
  std::vector<Metrics::Gauge> all;
  const auto add = [&](const std::string& name, const std::string& help, auto value) {
    for (const auto& [sync, state] : states_) {
      all.push_back({name, help, static_cast<double>(value(state)), "sync=\"" + sync + "\""});
    }
  };
  add("estiba_sync_last_success_timestamp_seconds", "When everything came last; 0: not yet.",
      [](const State& state) { return state.succeeded_at; });
  add("estiba_sync_failures", "Runs in which something did not come.",
      [](const State& state) { return state.failures; });
  add("estiba_sync_copied_tags", "Tags that were new or had moved.",
      [](const State& state) { return state.copied_tags; });
  add("estiba_sync_copied_bytes", "Blobs that were brought.",
      [](const State& state) { return state.copied_bytes; });
  return all;
}

}  // namespace estiba::registry
