#include "oci/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace estiba {
namespace {

constexpr std::array<std::string_view, 16> kSystems{
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd",  "illumos", "ios",
    "js",  "linux",   "nacl",   "netbsd",    "openbsd", "plan9", "solaris", "windows"};
constexpr std::array<std::string_view, 21> kArchitectures{
    "386",     "amd64", "amd64p32", "arm",    "armbe",    "arm64",   "arm64be",
    "loong64", "mips",  "mipsle",   "mips64", "mips64le", "ppc",     "ppc64",
    "ppc64le", "riscv", "riscv64",  "s390",   "s390x",    "sparc64", "wasm"};

constexpr std::string_view kHostArchitecture =
#if defined(__x86_64__)
    "amd64";
#elif defined(__aarch64__)
    "arm64";
#elif defined(__arm__)
    "arm";
#elif defined(__i386__)
    "386";
#elif defined(__riscv) && __riscv_xlen == 64
    "riscv64";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
    "ppc64le";
#elif defined(__s390x__)
    "s390x";
#elif defined(__mips64)
    "mips64le";
#else
#error "unknown processor: name it as Go's GOARCH does"
#endif

template <typename List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

struct Processor {
  std::string architecture;
  std::string variant;
  friend bool operator==(const Processor&, const Processor&) = default;
};

// As containerd/platforms normalizeArch.
Processor normalise(std::string_view architecture, std::string_view variant) {
  Processor result{to_lower(architecture), to_lower(variant)};
  std::string& arch = result.architecture;
  std::string& var = result.variant;
  if (arch == "i386") return {"386", ""};
  if (arch == "x86_64" || arch == "x86-64") arch = "amd64";
  if (arch == "aarch64") arch = "arm64";
  if (arch == "armhf") return {"arm", "v7"};
  if (arch == "armel") return {"arm", "v6"};
  if (!var.empty() && var.find_first_not_of("0123456789") == std::string::npos) var = "v" + var;
  if (arch == "arm" && var.empty()) var = "v7";
  if (arch == "arm64" && var == "v8") var.clear();
  if (arch == "amd64" && var == "v1") var.clear();
  return result;
}

// Variants of these are supersets of the lower ones: what is built for v6 runs on v7.
std::optional<int> variant_level(const Processor& processor) {
  if (processor.variant.empty()) {
    if (processor.architecture == "amd64") return 1;
    if (processor.architecture == "arm64") return 8;
    return std::nullopt;
  }
  if (processor.variant.front() != 'v') return std::nullopt;
  int level = 0;
  const char* begin = processor.variant.data() + 1;
  const char* end = processor.variant.data() + processor.variant.size();
  const auto [stop, error] = std::from_chars(begin, end, level);
  if (error != std::errc() || stop != end) return std::nullopt;
  return level;
}

[[noreturn]] void refuse_platform(std::string_view text, std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("invalid platform \"{}\": {}", text.substr(0, 128), why),
              "platforms look like linux/amd64 or linux/arm/v7");
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string normalise_system(std::string_view text) {
  std::string system = to_lower(text);
  return system == "macos" ? "darwin" : system;
}

Platform parse_single(std::string_view text) {
  Platform result;
  const std::string system = normalise_system(text);
  if (contains(kSystems, system)) {
    result = Platform::host();
    result.os = system;
    return result;
  }
  Processor processor = normalise(text, "");
  if (!contains(kArchitectures, processor.architecture)) {
    refuse_platform(text, "neither a known operating system nor a known processor");
  }
  result.architecture = std::move(processor.architecture);
  result.variant = std::move(processor.variant);
  return result;
}

}  // namespace

Platform Platform::parse(std::string_view text) {
  const std::vector<std::string> parts = split(text, '/');
  if (parts.size() > 3) refuse_platform(text, "more than three parts");
  for (const std::string& part : parts) {
    if (!is_word(part))
      refuse_platform(text, "a part is empty or has characters that no platform has");
  }
  if (parts.size() == 1) return parse_single(text);
  Processor processor = normalise(parts[1], parts.size() == 3 ? parts[2] : "");
  Platform result;
  result.os = normalise_system(parts[0]);
  result.architecture = std::move(processor.architecture);
  result.variant = std::move(processor.variant);
  return result;
}

Platform Platform::host() {
  Processor processor = normalise(kHostArchitecture, "");
  Platform result;
  result.architecture = std::move(processor.architecture);
  result.variant = std::move(processor.variant);
  return result;
}

std::string Platform::to_string() const {
  std::string text = os + "/" + architecture;
  if (!variant.empty()) text += "/" + variant;
  return text;
}

bool Platform::accepts(const Platform& offered) const {
  if (normalise_system(os) != normalise_system(offered.os)) return false;
  const Processor mine = normalise(architecture, variant);
  const Processor theirs = normalise(offered.architecture, offered.variant);
  if (mine.architecture != theirs.architecture) return false;
  if (offered.variant.empty() || mine == theirs) return true;
  const std::optional<int> my_level = variant_level(mine);
  const std::optional<int> their_level = variant_level(theirs);
  return my_level && their_level && *their_level <= *my_level;
}

}  // namespace estiba
