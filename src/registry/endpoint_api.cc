// /api/v0: what a registry knows beyond the protocol of images, as JSON. Authorisation is that of
// all endpoints: reading needs "pull", moving tags "push", everything that an owner decides
// "delete".
#include "registry/endpoint_api.h"

#include "registry/api_error.h"
#include "registry/endpoints.h"

namespace estiba::registry {

void require_method(const Call& call, const std::string& method) {
  if (call.request.method() != method) refuse_method(method);
}

http::Response answer_api(Call& call) {
  const ApiRoute route = parse_api_route(call.request.target());
  call.route.repository = route.repository;
  switch (route.resource) {
    case ApiResource::kSearch:
      return answer_api_search(call);
    case ApiResource::kRepositories:
      return answer_api_repositories(call);
    case ApiResource::kRepository:
    case ApiResource::kRepositoryRestore:
      return answer_api_repository(call, route);
    case ApiResource::kHistory:
    case ApiResource::kTags:
    case ApiResource::kTag:
    case ApiResource::kTagHistory:
    case ApiResource::kTagRestore:
      return answer_api_tags(call, route);
    case ApiResource::kTrash:
    case ApiResource::kTrashRestore:
      return answer_api_trash(call, route);
    case ApiResource::kRetention:
    case ApiResource::kRetentionRule:
    case ApiResource::kRetentionPreview:
    case ApiResource::kRetentionApply:
      return answer_api_retention(call, route);
    case ApiResource::kUnknown:
      break;
  }
  throw ApiError(404, "UNSUPPORTED", "there is no such resource");
}

}  // namespace estiba::registry
