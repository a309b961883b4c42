#include <charconv>

#include "base/error.h"
#include "cli/commands/admin.h"
#include "cli/session.h"
#include "dockerfile/duration.h"
#include "registry/metadata.h"

namespace estiba::cli {

void declare_registry(CommandLine& line, RegistryOptions& options) {
  line.option("--data", options.data, "DIR", "The registry's data directory");
  line.option("--database", options.database, "URL",
              "postgresql://..., when the metadata is not in the data directory");
}

std::string data_directory(const Session& session, const RegistryOptions& options) {
  return options.data.empty() ? session.root() + "/registry" : options.data;
}

std::unique_ptr<sql::ConnectionPool> open_registry(const Session& session,
                                                   const RegistryOptions& options) {
  return registry::open_metadata(data_directory(session, options), options.database);
}

std::chrono::seconds parse_age(const std::string& text) {
  const char unit = text.empty() ? '\0' : text.back();
  if (unit != 'd' && unit != 'w') {
    return std::chrono::duration_cast<std::chrono::seconds>(dockerfile::parse_duration(text));
  }
  constexpr std::int64_t kMaxCount = 100'000;  // a quarter of a millennium in days
  std::int64_t count = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [stopped, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stopped != end || count < 0 || count > kMaxCount) {
    throw Error(ErrorCode::kInvalidArgument, "\"" + text + "\" is no duration",
                "say 90s, 12h, 30d or 2w");
  }
  return std::chrono::hours(24 * (unit == 'w' ? 7 * count : count));
}

}  // namespace estiba::cli
