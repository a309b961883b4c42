// Points in time as the kernel and file formats have them.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace estiba::archive {

struct UnixTime {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;  // never negative
};

// Without leaving the range of Timestamp, as a floor to seconds does for the earliest times.
inline UnixTime split_time(Timestamp time) {
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  const std::int64_t count = time.time_since_epoch().count();
  UnixTime result = {.seconds = count / kNanosecondsPerSecond,
                     .nanoseconds = count % kNanosecondsPerSecond};
  if (result.nanoseconds < 0) {
    result.nanoseconds += kNanosecondsPerSecond;
    --result.seconds;
  }
  return result;
}

}  // namespace estiba::archive
