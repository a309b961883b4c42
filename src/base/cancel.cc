#include "base/cancel.h"

#include "base/error.h"

namespace estiba {

void throw_if_stopped(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::kCancelled, "cancelled");
}

}  // namespace estiba
