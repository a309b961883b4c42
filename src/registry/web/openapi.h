// openapi.json as the build put it into the program.
#pragma once

#include <string_view>

namespace estiba::registry::web {

[[nodiscard]] std::string_view openapi_document();
[[nodiscard]] std::string_view openapi_etag();  // with its quotes

}  // namespace estiba::registry::web
