#include "http/range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace estiba::http {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

RangeChoice part(std::uint64_t first, std::uint64_t size) {
  return {RangeKind::kPart, first, size};
}

// Whether If-Range, when there is one, still means the entity that we are about to send.
bool condition_holds(const Request& request, const Response& response) {
  const std::optional<std::string_view> condition = request.headers().find("If-Range");
  return !condition || *condition == response.headers.get("ETag");
}

}  // namespace

RangeChoice choose_range(std::string_view header, std::uint64_t total_size_bytes) {
  constexpr std::string_view kUnit = "bytes=";
  if (!equals_ignoring_case(header.substr(0, kUnit.size()), kUnit)) return {};
  const std::string_view range = trim(header.substr(kUnit.size()));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return {};

  if (dash == 0) {  // the last bytes
    const std::optional<std::uint64_t> suffix = parse_number(range.substr(1));
    if (!suffix) return {};
    const std::uint64_t size = std::min(*suffix, total_size_bytes);
    if (size == 0) return {RangeKind::kUnsatisfiable};
    return part(total_size_bytes - size, size);
  }

  const std::optional<std::uint64_t> first = parse_number(range.substr(0, dash));
  if (!first) return {};
  std::uint64_t last = UINT64_MAX;
  if (dash + 1 < range.size()) {
    const std::optional<std::uint64_t> given = parse_number(range.substr(dash + 1));
    if (!given || *given < *first) return {};
    last = *given;
  }
  if (*first >= total_size_bytes) return {RangeKind::kUnsatisfiable};
  return part(*first, std::min(last, total_size_bytes - 1) - *first + 1);
}

void apply_range(const Request& request, Response& response) {
  auto* region = std::get_if<FileRegion>(&response.body);
  if (response.status != 200 || region == nullptr) return;
  response.headers.set("Accept-Ranges", "bytes");
  if (request.method() != "GET" || !condition_holds(request, response)) return;

  const std::uint64_t total = region->size_bytes;
  const RangeChoice choice = choose_range(request.headers().get("Range"), total);
  if (choice.kind == RangeKind::kPart) {
    response.status = 206;
    response.headers.set("Content-Range",
                         fmt::format("bytes {}-{}/{}", choice.first_byte,
                                     choice.first_byte + choice.size_bytes - 1, total));
    region->offset_bytes += choice.first_byte;
    region->size_bytes = choice.size_bytes;
  } else if (choice.kind == RangeKind::kUnsatisfiable) {
    response.status = 416;
    response.headers.set("Content-Range", fmt::format("bytes */{}", total));
    response.headers.remove("Content-Type");
    response.body = std::string();
  }
}

}  // namespace estiba::http
