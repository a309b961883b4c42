// From a request to an answer: identify, find the endpoint, refuse in the specification's form.
#pragma once

#include "http/request.h"
#include "http/response.h"
#include "registry/call.h"
#include "registry/web/web_services.h"

namespace estiba::registry {

// Thread-safe. Never throws: every Error becomes a response, those of our own are logged.
[[nodiscard]] http::Response answer(Services& services, web::WebServices& web,
                                    http::Request& request);

}  // namespace estiba::registry
