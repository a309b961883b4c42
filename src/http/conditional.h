// Conditional requests by entity tag (RFC 9110, 13).
#pragma once

#include <string_view>

#include "http/request.h"

namespace estiba::http {

enum class Condition {
  kProceed,
  kNotModified,  // 304: the client has it already
  kFailed,       // 412
};

// What If-Match and If-None-Match demand when the thing asked for has `etag` (with its quotes), or
// is not there when that is empty. Dates are not looked at: our content never changes under a tag.
[[nodiscard]] Condition check_conditions(const Request& request, std::string_view etag);

}  // namespace estiba::http
