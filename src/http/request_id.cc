#include "http/request_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cctype>

#include "base/text.h"

namespace estiba::http {
namespace {

constexpr std::size_t kMaxIdBytes = 128;
constexpr std::size_t kPrefixBytes = 6;

bool is_harmless(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdBytes &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == ':';
         });
}

}  // namespace

std::string choose_request_id(std::string_view from_client) {
  if (is_harmless(from_client)) return std::string(from_client);
  static const std::string prefix = random_hex(kPrefixBytes);
  static std::atomic<std::uint64_t> last = 0;
  return fmt::format("{}-{:x}", prefix, ++last);
}

}  // namespace estiba::http
