#include "cli/builder_filter.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/time.h"
#include "dockerfile/duration.h"

namespace estiba::cli {
namespace {

using EntryFilter = std::function<bool(const store::BuilderCacheEntry&)>;

EntryFilter one_builder_filter(const std::string& key, const std::string& value) {
  using Entry = store::BuilderCacheEntry;
  if (key == "until" || key == "unused-for") {
    const Timestamp before = now() - dockerfile::parse_duration(value);
    return [before](const Entry& entry) { return entry.last_used < before; };
  }
  const bool yes = value.empty() || value == "true" || value == "1";
  if (key == "id") return [value](const Entry& entry) { return entry.id.starts_with(value); };
  if (key == "type") return [value](const Entry& entry) { return builder_type(entry) == value; };
  if (key == "description") {
    return
        [value](const Entry& entry) { return entry.description.find(value) != std::string::npos; };
  }
  if (key == "inuse") return [yes](const Entry& entry) { return entry.in_use == yes; };
  if (key == "shared") return [yes](const Entry& entry) { return entry.shared == yes; };
  if (key == "private") return [yes](const Entry& entry) { return entry.shared != yes; };
  throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid filter '{}'", key),
              "known are until, unused-for, id, type, description, inuse, shared and private");
}

}  // namespace

EntryFilter builder_filter(const std::vector<std::string>& filters) {
  std::vector<EntryFilter> all;
  for (const std::string& filter : filters) {
    const std::size_t equals = filter.find('=');
    all.push_back(one_builder_filter(filter.substr(0, equals),
                                     equals == std::string::npos ? "" : filter.substr(equals + 1)));
  }
  return [all = std::move(all)](const store::BuilderCacheEntry& entry) {
    for (const EntryFilter& filter : all) {
      if (!filter(entry)) return false;
    }
    return true;
  };
}

std::string builder_type(const store::BuilderCacheEntry& entry) {
  return entry.is_mount ? "exec.cachemount" : "regular";
}

}  // namespace estiba::cli
