// Range requests for one range of bytes (RFC 9110, 14).
#pragma once

#include <cstdint>
#include <string_view>

#include "http/request.h"
#include "http/response.h"

namespace estiba::http {

enum class RangeKind {
  kWhole,          // none asked for, or one that a server should ignore (several, other units)
  kPart,           // 206 with first_byte and size_bytes
  kUnsatisfiable,  // 416
};

struct RangeChoice {
  RangeKind kind = RangeKind::kWhole;
  std::uint64_t first_byte = 0;
  std::uint64_t size_bytes = 0;
};

// `header` is the value of Range ("bytes=0-99", "bytes=100-", "bytes=-5"), empty when absent.
[[nodiscard]] RangeChoice choose_range(std::string_view header, std::uint64_t total_size_bytes);

// Turns a 200 whose body is a FileRegion into the 206 or 416 that the request's Range asks for, and
// announces Accept-Ranges. If-Range is honoured against the response's ETag. Other answers, and
// methods other than GET (and HEAD, which keeps 200), are left as they are.
void apply_range(const Request& request, Response& response);

}  // namespace estiba::http
