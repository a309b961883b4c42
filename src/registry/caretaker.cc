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

}  // namespace

Caretaker::Caretaker(sql::ConnectionPool& metadata, BlobStorage& storage, Uploads& uploads,
                     CollectionOptions options, const Logger& logger)
    : uploads_(uploads),
      collector_(metadata, storage, options),
      options_(options),
      logger_(logger) {}

Caretaker::~Caretaker() = default;

void Caretaker::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Caretaker::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Caretaker::collect(const std::stop_token& stop) {
  const CollectionReport report = collector_.run(stop);
  if (report.manifests + report.blobs + report.files + report.repositories == 0) return;
  logger_.info("collected " + std::to_string(report.manifests) + " manifests, " +
               std::to_string(report.blobs) + " blobs, " + std::to_string(report.files) +
               " files (" + format_size(report.freed_bytes) + ")");
}

void Caretaker::run(const std::stop_token& stop) {
  std::vector<Duty> duties = {
      {"sweeping uploads", kUploadSweepInterval, [&] { uploads_.sweep(); }},
      {"collecting", options_.interval, [&] { collect(stop); }},
      // Orphans come from kills only, which are followed by a start: the first round is then due.
      {"removing orphans", std::max<Clock::duration>(options_.delay, options_.interval),
       [&] { (void)collector_.remove_orphans(stop); }},
  };
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    auto next = Clock::time_point::max();
    for (Duty& duty : duties) {
      if (duty.due <= Clock::now() && !stop.stop_requested()) do_duty(duty, logger_);
      next = std::min(next, duty.due);
    }
    wake.wait_until(lock, stop, next, [] { return false; });
  }
}

}  // namespace estiba::registry
