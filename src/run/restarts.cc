#include "run/restarts.h"

#include <algorithm>

namespace estiba::run {
namespace {

constexpr std::chrono::milliseconds kFirstWait{100};
constexpr std::chrono::milliseconds kLongestWait{60'000};
constexpr std::chrono::seconds kGoodRun{10};

}  // namespace

bool Restarts::wanted(const RestartPolicy& policy, int exit_code) const {
  switch (policy.condition) {
    case RestartCondition::kNever:
      return false;
    case RestartCondition::kOnFailure:
      return exit_code != 0 && (policy.maximum_retries == 0 || count_ < policy.maximum_retries);
    case RestartCondition::kAlways:
    case RestartCondition::kUnlessStopped:
      return true;
  }
  return false;
}

std::chrono::milliseconds Restarts::next_wait(std::chrono::nanoseconds last_run) {
  ++count_;
  wait_ = last_run >= kGoodRun || wait_ == std::chrono::milliseconds(0)
              ? kFirstWait
              : std::min(wait_ * 2, kLongestWait);
  return wait_;
}

}  // namespace estiba::run
