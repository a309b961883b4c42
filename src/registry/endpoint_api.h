// What the files of /api/v0 share; one function answers the routes of one resource.
#pragma once

#include <string>

#include "http/response.h"
#include "registry/api_route.h"
#include "registry/call.h"

namespace estiba::registry {

[[nodiscard]] http::Response answer_api_search(Call& call);
[[nodiscard]] http::Response answer_api_repositories(Call& call);
[[nodiscard]] http::Response answer_api_repository(Call& call, const ApiRoute& route);
[[nodiscard]] http::Response answer_api_tags(Call& call, const ApiRoute& route);
[[nodiscard]] http::Response answer_api_trash(Call& call, const ApiRoute& route);
[[nodiscard]] http::Response answer_api_retention(Call& call, const ApiRoute& route);

// 405 for another method.
void require_method(const Call& call, const std::string& method);

}  // namespace estiba::registry
