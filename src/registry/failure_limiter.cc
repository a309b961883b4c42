#include "registry/failure_limiter.h"

#include <algorithm>

#include "registry/limits.h"

namespace estiba::registry {

bool FailureLimiter::blocked(const std::string& who) {
  const std::lock_guard lock(mutex_);
  const auto found = windows_.find(who);
  if (found == windows_.end()) return false;
  if (Clock::now() - found->second.start > window_) {
    windows_.erase(found);
    return false;
  }
  return found->second.failures >= most_;
}

void FailureLimiter::failed(const std::string& who) {
  const std::lock_guard lock(mutex_);
  if (windows_.size() >= kMaxTrackedFailures) forget_old();
  const auto found = windows_.find(who);
  if (found != windows_.end() && Clock::now() - found->second.start > window_)
    windows_.erase(found);
  Window& window = windows_.try_emplace(who, Window{Clock::now(), 0}).first->second;
  ++window.failures;
}

void FailureLimiter::succeeded(const std::string& who) {
  const std::lock_guard lock(mutex_);
  windows_.erase(who);
}

void FailureLimiter::forget_old() {
  const auto oldest = std::min_element(
      windows_.begin(), windows_.end(),
      [](const auto& a, const auto& b) { return a.second.start < b.second.start; });
  if (oldest != windows_.end()) windows_.erase(oldest);
}

}  // namespace estiba::registry
