// Slows down guessing of passwords.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "registry/limits.h"

namespace estiba::registry {

// Thread-safe. Memory is bounded: beyond kMaxTrackedFailures the oldest window is forgotten.
class FailureLimiter {
 public:
  explicit FailureLimiter(int most, std::chrono::seconds window = kPasswordFailureWindow)
      : most_(most), window_(window) {}
  // Whether `who` has failed too often lately.
  [[nodiscard]] bool blocked(const std::string& who);
  void failed(const std::string& who);
  void succeeded(const std::string& who);

 private:
  using Clock = std::chrono::steady_clock;
  struct Window {
    Clock::time_point start;
    int failures = 0;
  };
  void forget_old();

  const int most_;
  const std::chrono::seconds window_;
  std::mutex mutex_;
  std::map<std::string, Window> windows_;
};

}  // namespace estiba::registry
