#include "http/range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/text.h"
#include "http/limits.h"

namespace estiba::http {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// One range of the list: nothing when it is nonsense, no bytes when it can't be satisfied.
std::optional<ByteRange> parse_range(std::string_view range, std::uint64_t total) {
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  if (dash == 0) {  // the last bytes
    const std::optional<std::uint64_t> suffix = parse_number(range.substr(1));
    if (!suffix) return std::nullopt;
    const std::uint64_t size = std::min(*suffix, total);
    return ByteRange{total - size, size};
  }
  const std::optional<std::uint64_t> first = parse_number(range.substr(0, dash));
  if (!first) return std::nullopt;
  std::uint64_t last = UINT64_MAX;
  if (dash + 1 < range.size()) {
    const std::optional<std::uint64_t> given = parse_number(range.substr(dash + 1));
    if (!given) return std::nullopt;
    last = *given;
  }
  if (*first >= total || last < *first) return ByteRange{};
  return ByteRange{*first, std::min(last, total - 1) - *first + 1};
}

// Whether If-Range, when there is one, still means the entity that we are about to send.
bool condition_holds(const Request& request, const Response& response) {
  const std::optional<std::string_view> condition = request.headers().find("If-Range");
  return !condition || *condition == response.headers.get("ETag");
}

std::string content_range(const ByteRange& part, std::uint64_t total) {
  return fmt::format("bytes {}-{}/{}", part.first_byte, part.first_byte + part.size_bytes - 1,
                     total);
}

void send_region(Sink& sink, const FileRegion& file, const ByteRange& part) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(kCopyBufferBytes, part.size_bytes));
  for (std::uint64_t done = 0; done < part.size_bytes;) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), part.size_bytes - done);
    const std::size_t size =
        read_at(file.fd.get(), std::span(buffer).first(wanted),
                file.offset_bytes + part.first_byte + done, "a file that is sent in parts");
    if (size == 0) throw Error(ErrorCode::kDataLoss, "a file became shorter while it was sent");
    sink.write(std::span(buffer).first(size));
    done += size;
  }
}

// The parts between their boundaries (RFC 9110, 14.6).
void send_parts(Response& response, FileRegion region, const std::vector<ByteRange>& parts) {
  const std::string boundary = random_hex(16);
  const std::string type(response.headers.get("Content-Type"));
  std::vector<std::string> heads;
  const std::string tail = fmt::format("\r\n--{}--\r\n", boundary);
  std::uint64_t size = tail.size();
  for (const ByteRange& part : parts) {
    heads.push_back(fmt::format("\r\n--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
                                boundary, type, content_range(part, region.size_bytes)));
    size += heads.back().size() + part.size_bytes;
  }
  response.headers.set("Content-Type", "multipart/byteranges; boundary=" + boundary);
  // A function must be copyable, a region is not.
  const auto file = std::make_shared<const FileRegion>(std::move(region));
  response.body = StreamedBody{[file, parts, heads, tail](Sink& sink) {
                                 for (std::size_t i = 0; i < parts.size(); ++i) {
                                   sink.write(as_bytes(heads[i]));
                                   send_region(sink, *file, parts[i]);
                                 }
                                 sink.write(as_bytes(tail));
                               },
                               size};
}

}  // namespace

RangeChoice choose_ranges(std::string_view header, std::uint64_t total_size_bytes) {
  constexpr std::string_view kUnit = "bytes=";
  if (!equals_ignoring_case(header.substr(0, kUnit.size()), kUnit)) return {};
  const std::vector<std::string> ranges = split(header.substr(kUnit.size()), ',');
  if (ranges.size() > kMaxRanges) return {};
  RangeChoice choice;
  std::uint64_t sum = 0;
  for (const std::string& text : ranges) {
    const auto range = parse_range(trim(text), total_size_bytes);
    if (!range) return {};
    if (range->size_bytes == 0) continue;
    if (range->size_bytes > total_size_bytes - sum) return {};
    sum += range->size_bytes;
    choice.parts.push_back(*range);
  }
  if (choice.parts.empty()) return {RangeKind::kUnsatisfiable, {}};
  choice.kind = choice.parts.size() == 1 ? RangeKind::kPart : RangeKind::kParts;
  return choice;
}

void apply_range(const Request& request, Response& response) {
  auto* region = std::get_if<FileRegion>(&response.body);
  if (response.status != 200 || region == nullptr) return;
  response.headers.set("Accept-Ranges", "bytes");
  if (request.method() != "GET" || !condition_holds(request, response)) return;

  const std::uint64_t total = region->size_bytes;
  const RangeChoice choice = choose_ranges(request.headers().get("Range"), total);
  switch (choice.kind) {
    case RangeKind::kWhole:
      return;
    case RangeKind::kPart: {
      const ByteRange& part = choice.parts.front();
      response.status = 206;
      response.headers.set("Content-Range", content_range(part, total));
      region->offset_bytes += part.first_byte;
      region->size_bytes = part.size_bytes;
      return;
    }
    case RangeKind::kParts: {
      response.status = 206;
      FileRegion file = std::move(*region);
      send_parts(response, std::move(file), choice.parts);
      return;
    }
    case RangeKind::kUnsatisfiable:
      response.status = 416;
      response.headers.set("Content-Range", fmt::format("bytes */{}", total));
      response.headers.remove("Content-Type");
      response.body = std::string();
      return;
  }
}

}  // namespace estiba::http
