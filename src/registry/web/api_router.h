// From a request below /api/v1 to its answer.
#pragma once

#include <optional>

#include "http/request.h"
#include "http/response.h"
#include "registry/call.h"
#include "registry/web/web_services.h"

namespace estiba::registry::web {

// Nothing for paths that are not the API's. Thread-safe; never throws: every Error becomes a
// problem, and what changes something, or was to, is audited.
[[nodiscard]] std::optional<http::Response> answer_api(Services& services, WebServices& web,
                                                       http::Request& request);

}  // namespace estiba::registry::web
