// Range requests (RFC 9110, 14): one range or several.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "http/request.h"
#include "http/response.h"

namespace estiba::http {

enum class RangeKind {
  kWhole,          // none asked for, or what a server should ignore (other units, nonsense)
  kPart,           // 206 with one part
  kParts,          // 206 with several, as multipart/byteranges
  kUnsatisfiable,  // 416
};

struct ByteRange {
  std::uint64_t first_byte = 0;
  std::uint64_t size_bytes = 0;
};

struct RangeChoice {
  RangeKind kind = RangeKind::kWhole;
  std::vector<ByteRange> parts;  // in the order of the request; none unless kPart or kParts
};

// `header` is the value of Range ("bytes=0-99", "bytes=100-", "bytes=-5", "bytes=0-9,20-29"), empty
// when absent. A range that ends before it begins can't be satisfied; parts that can't are left out
// while others can. More parts than kMaxRanges, or more bytes than there are, give the whole.
[[nodiscard]] RangeChoice choose_ranges(std::string_view header, std::uint64_t total_size_bytes);

// Turns a 200 whose body is a FileRegion into the 206 or 416 that the request's Range asks for, and
// announces Accept-Ranges. If-Range is honoured against the response's ETag. Other answers, and
// methods other than GET (and HEAD, which keeps 200), are left as they are.
void apply_range(const Request& request, Response& response);

}  // namespace estiba::http
