#include "dockerfile/ports.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/limits.h"

namespace estiba::dockerfile {
namespace {

struct Range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

[[noreturn]] void refuse_port(std::string_view word, std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("EXPOSE: \"{}\" is no port: {}", word.substr(0, 120), why),
              "write PORT, PORT-PORT, PORT/tcp, PORT/udp or PORT/sctp");
}

std::uint32_t parse_port(std::string_view text, std::string_view word) {
  std::uint32_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stopped != end) refuse_port(word, "a number is missing");
  if (port > 65535) refuse_port(word, "the largest port is 65535");
  return port;
}

Range parse_range(std::string_view text, std::string_view word) {
  const std::size_t dash = text.find('-');
  const std::uint32_t first = parse_port(text.substr(0, dash), word);
  if (dash == std::string_view::npos) return {first, first};
  const std::uint32_t last = parse_port(text.substr(dash + 1), word);
  if (last < first) refuse_port(word, "the range ends before it begins");
  return {first, last};
}

std::string parse_protocol(std::string_view text, std::string_view word) {
  if (text.empty()) return "tcp";
  const std::string protocol = to_lower(text);
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
    refuse_port(word, "the protocol is none of tcp, udp and sctp");
  }
  return protocol;
}

void check_address(std::string_view text, std::string_view word) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  std::array<unsigned char, sizeof(in6_addr)> address;
  const std::string copy(text);
  const bool valid = inet_pton(AF_INET, copy.c_str(), address.data()) == 1 ||
                     inet_pton(AF_INET6, copy.c_str(), address.data()) == 1;
  if (!valid) refuse_port(word, "it begins with an invalid IP address");
}

// "[address:][host port:]port": the parts of the host are only checked.
Range parse_container_range(std::string_view text, std::string_view word) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return parse_range(text, word);
  const Range container = parse_range(text.substr(colon + 1), word);
  text = text.substr(0, colon);
  const std::size_t before = text.rfind(':');
  const std::string_view host = before == std::string_view::npos ? text : text.substr(before + 1);
  if (before != std::string_view::npos && before > 0) check_address(text.substr(0, before), word);
  if (host.empty()) return container;
  const Range host_range = parse_range(host, word);
  const bool same_size = host_range.last - host_range.first == container.last - container.first;
  if (!same_size && container.first != container.last) {
    refuse_port(word, "the ranges of host and container differ in size");
  }
  return container;
}

}  // namespace

std::vector<std::string> exposed_ports(const std::vector<std::string>& words) {
  std::set<std::pair<std::uint32_t, std::string>> ports;
  std::size_t named = 0;
  for (const std::string& word : words) {
    const std::size_t slash = word.find('/');
    const std::string protocol =
        parse_protocol(slash == std::string::npos ? "" : word.substr(slash + 1), word);
    const Range range = parse_container_range(word.substr(0, slash), word);
    named += range.last - range.first + 1;
    if (named > kMaxExposedPorts) {
      throw Error(ErrorCode::kResourceExhausted, "EXPOSE names too many ports");
    }
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      ports.emplace(port, protocol);
    }
  }
  std::vector<std::string> result;
  for (const auto& [port, protocol] : ports) result.push_back(fmt::format("{}/{}", port, protocol));
  return result;
}

}  // namespace estiba::dockerfile
