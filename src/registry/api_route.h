// The paths below /api/v0.
//
//   search                             repositories that match words
//   repositories                       list, create; ?deleted=true: what can be restored
//   repositories/NAME                  get, change, delete
//   repositories/NAME/-/restore
//   repositories/NAME/-/history        of all tags
//   repositories/NAME/-/tags[/TAG]     list; get, move, delete
//   repositories/NAME/-/tags/TAG/history, /restore
//   repositories/NAME/-/trash[/DIGEST/restore]
//   repositories/NAME/-/retention[/ID], /retention/preview, /retention/apply
//
// NAME has slashes as it is; no part of a name begins with "-".
#pragma once

#include <string>

#include "http/target.h"

namespace estiba::registry {

enum class ApiResource {
  kUnknown,
  kSearch,
  kRepositories,
  kRepository,
  kRepositoryRestore,
  kHistory,
  kTags,
  kTag,
  kTagHistory,
  kTagRestore,
  kTrash,
  kTrashRestore,
  kRetention,
  kRetentionRule,
  kRetentionPreview,
  kRetentionApply,
};

struct ApiRoute {
  ApiResource resource = ApiResource::kUnknown;
  std::string repository{};
  std::string item{};  // the tag, digest or rule
};

[[nodiscard]] ApiRoute parse_api_route(const http::Target& target);

}  // namespace estiba::registry
