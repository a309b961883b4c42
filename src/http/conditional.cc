#include "http/conditional.h"

#include "base/text.h"

namespace estiba::http {
namespace {

// Whether one of the tags in the fields of this name is `etag`. Ours are all strong, so a weak one
// ("W/") may be compared as the strong one where the request allows it.
bool names(const Request& request, std::string_view field, std::string_view etag, bool weakly) {
  for (const std::string_view list : request.headers().all(field)) {
    for (const std::string& entry : split(list, ',')) {
      std::string_view tag = trim(entry);
      if (weakly && tag.starts_with("W/")) tag.remove_prefix(2);
      if (!etag.empty() && (tag == etag || tag == "*")) return true;
    }
  }
  return false;
}

}  // namespace

Condition check_conditions(const Request& request, std::string_view etag) {
  if (request.headers().contains("If-Match") && !names(request, "If-Match", etag, false)) {
    return Condition::kFailed;
  }
  if (!names(request, "If-None-Match", etag, true)) return Condition::kProceed;
  const bool reads = request.method() == "GET" || request.method() == "HEAD";
  return reads ? Condition::kNotModified : Condition::kFailed;
}

}  // namespace estiba::http
