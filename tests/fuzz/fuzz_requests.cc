// What a server reads: heads, targets, queries, ranges.
#include <string>
#include <variant>

#include "fuzz/answered.h"
#include "http/head_parser.h"
#include "http/limits.h"
#include "http/range.h"
#include "http/target.h"

using namespace estiba;
using fuzz::answered;
using fuzz::must;

namespace {

void read_target(std::string_view text) {
  answered([&] {
    const http::Target target = http::Target::parse(text);
    answered([&] {
      const http::Query again = http::Query::parse(target.query.to_string());
      must(again.size() == target.query.size());
    });
  });
}

void read_head(std::string_view text) {
  const auto answer = http::parse_head(text, http::ServerLimits{});
  if (const auto* rejection = std::get_if<http::Rejection>(&answer)) {
    must(rejection->status >= 400 && rejection->status < 600);
    return;
  }
  const auto& head = std::get<http::ParsedHead>(answer);
  for (const auto& [name, value] : head.headers) {
    must(!name.empty());
    must(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
  // Two framings of one body are what smuggling is made of.
  must(!(head.headers.contains("Transfer-Encoding") && head.headers.contains("Content-Length")));
  must(head.headers.all("Content-Length").size() <= 1);
  read_target(head.target);
}

void read_ranges(std::string_view text, std::uint64_t total) {
  const http::RangeChoice choice = http::choose_ranges(text, total);
  std::uint64_t sum = 0;
  for (const http::ByteRange& part : choice.parts) {
    must(part.size_bytes > 0 && part.first_byte < total);
    must(part.size_bytes <= total - part.first_byte);
    sum += part.size_bytes;
  }
  must(sum <= total || choice.parts.size() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_head(text);
  read_target(text);
  answered([&] { (void)http::Query::parse(text); });
  for (const std::uint64_t total : {0ull, 1ull, 1000ull, ~0ull}) read_ranges(text, total);
  if (const auto decoded = http::percent_decode(text)) {
    must(http::percent_decode(http::percent_encode(*decoded)) == decoded);
  }
  return 0;
}
