#include "run/limit_words.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace estiba::run {
namespace {

constexpr std::array<std::string_view, 15> kBoundNames = {
    "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
    "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

std::uint64_t parse_bound(std::string_view number, std::string_view whole) {
  if (number == "-1" || number == "unlimited") return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size()) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid ulimit argument: {}", whole),
                "write it as NAME=SOFT[:HARD], as in nofile=1024:2048");
  }
  return value;
}

}  // namespace

ExtraHost parse_extra_host(std::string_view text) {
  const std::size_t separator = text.find_first_of(":=");
  if (separator == 0 || separator == std::string_view::npos) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("bad format for add-host: \"{}\"", text),
                "write it as NAME:ADDRESS");
  }
  ExtraHost host{std::string(text.substr(0, separator)), std::string(text.substr(separator + 1))};
  if (host.address.starts_with('[') && host.address.ends_with(']')) {
    host.address = host.address.substr(1, host.address.size() - 2);
  }
  if (host.name.find_first_of(" \t\n#") != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("invalid host name in add-host: \"{}\"", host.name));
  }
  if (host.address != "host-gateway" && !is_address(host.address)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("invalid IP address in add-host: \"{}\"", host.address));
  }
  return host;
}

ResourceBound parse_resource_bound(std::string_view text) {
  const std::size_t equals = text.find('=');
  ResourceBound bound;
  bound.name = to_lower(text.substr(0, equals));
  if (std::ranges::find(kBoundNames, bound.name) == kBoundNames.end()) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid ulimit type: {}", bound.name),
                "known are " + join({kBoundNames.begin(), kBoundNames.end()}, ", "));
  }
  const std::string_view values =
      equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  const std::size_t colon = values.find(':');
  bound.soft = parse_bound(values.substr(0, colon), text);
  bound.hard =
      colon == std::string_view::npos ? bound.soft : parse_bound(values.substr(colon + 1), text);
  if (bound.soft > bound.hard) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("ulimit soft limit must be less than or equal to hard limit: {} > {}",
                            bound.soft, bound.hard));
  }
  return bound;
}

}  // namespace estiba::run
