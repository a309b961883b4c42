#include "registry/caretaker.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/size.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

using Clock = std::chrono::steady_clock;

struct Duty {
  const char* doing;
  Clock::duration interval;
  std::function<void()> work;
  Clock::time_point due{};
};

void do_duty(Duty& duty, const Logger& logger) {
  try {
    duty.work();
  } catch (const Error& error) {
    logger.error(std::string("while ") + duty.doing + ": " + error.what());
  }
  duty.due = Clock::now() + duty.interval;
}

void run_duties(std::vector<Duty> duties, const std::stop_token& stop, const Logger& logger) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    auto next = Clock::time_point::max();
    for (Duty& duty : duties) {
      if (duty.due <= Clock::now() && !stop.stop_requested()) do_duty(duty, logger);
      next = std::min(next, duty.due);
    }
    wake.wait_until(lock, stop, next, [] { return false; });
  }
}

}  // namespace

Caretaker::Caretaker(const Parts& parts, CollectionOptions collection, ScrubOptions scrub)
    : uploads_(parts.uploads),
      pulls_(parts.pulls),
      listings_(parts.listings),
      collector_(parts.metadata, parts.storage, collection),
      retention_(parts.metadata),
      scrubber_(parts.metadata, parts.storage, scrub),
      options_(collection),
      logger_(parts.logger) {}

Caretaker::~Caretaker() = default;

void Caretaker::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  scrub_thread_ = std::jthread([this](const std::stop_token& stop) {
    run_duties({{"scrubbing", kScrubInterval, [&] { scrub(stop); }}}, stop, logger_);
  });
}

void Caretaker::stop() {
  thread_.request_stop();
  scrub_thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  if (scrub_thread_.joinable()) scrub_thread_.join();
}

void Caretaker::apply_retention() {
  const std::size_t ended = retention_.apply_enabled();
  if (ended > 0) logger_.info("retention rules ended " + std::to_string(ended) + " tags");
}

void Caretaker::scrub(const std::stop_token& stop) {
  for (const std::string& digest : scrubber_.run(stop).damaged) {
    logger_.error("the stored blob " + digest + " is damaged: push it again to heal it");
  }
}

void Caretaker::collect(const std::stop_token& stop) {
  const CollectionReport report = collector_.run(stop);
  if (report.manifests + report.blobs + report.files + report.repositories == 0) return;
  logger_.info("collected " + std::to_string(report.manifests) + " manifests, " +
               std::to_string(report.blobs) + " blobs, " + std::to_string(report.files) +
               " files (" + format_size(report.freed_bytes) + ")");
}

void Caretaker::run(const std::stop_token& stop) {
  run_duties(
      {
          {"sweeping uploads", kUploadSweepInterval, [&] { uploads_.sweep(); }},
          {"collecting", options_.interval, [&] { collect(stop); }},
          {"forgetting layers", options_.interval, [&] { listings_.sweep(); }},
          // Orphans come from kills only, which are followed by a start, when this is due.
          {"removing orphans", std::max<Clock::duration>(options_.delay, options_.interval),
           [&] { (void)collector_.remove_orphans(stop); }},
          {"applying retention rules", kRetentionInterval, [&] { apply_retention(); }},
          {"writing pull counts", kPullCountInterval, [&] { pulls_.write(); }},
      },
      stop, logger_);
  pulls_.write();
}

}  // namespace estiba::registry
