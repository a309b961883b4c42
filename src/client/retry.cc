#include "client/retry.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "client/registry_error.h"

namespace estiba::client {
namespace {

using std::chrono::milliseconds;

milliseconds with_jitter(milliseconds delay) {
  static thread_local std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<std::int64_t> distribution(delay.count() / 2, delay.count());
  return milliseconds(distribution(random));
}

void sleep(milliseconds delay, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wakeup;
  std::unique_lock lock(mutex);
  wakeup.wait_for(lock, stop, delay, [] { return false; });
  if (stop.stop_requested()) {
    throw Error(ErrorCode::kCancelled, "stopped while waiting to try again");
  }
}

}  // namespace

bool is_transient(const Error& error) {
  if (const auto* answer = dynamic_cast<const RegistryError*>(&error)) {
    switch (answer->status()) {
      case 408:
      case 429:
      case 500:
      case 502:
      case 503:
      case 504:
        return true;
      default:
        return false;
    }
  }
  return error.code() == ErrorCode::kUnavailable;
}

void Backoff::wait_or_rethrow(const Error& error) {
  if (!is_transient(error) || ++failures_ >= policy_.max_attempts) throw;
  const int doublings = std::min(failures_ - 1, 16);
  milliseconds delay = with_jitter(
      std::min(policy_.first_delay * (std::int64_t{1} << doublings), policy_.max_delay));
  if (const auto* answer = dynamic_cast<const RegistryError*>(&error);
      answer != nullptr && answer->retry_after()) {
    if (*answer->retry_after() > policy_.max_retry_after) throw;
    delay = std::max<milliseconds>(delay, *answer->retry_after());
  }
  sleep(delay, stop_);
}

}  // namespace estiba::client
