// Reads what identity providers answer; for .cc files only: it includes the JSON library.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace estiba::registry {

// An object; kUnavailable for anything else.
[[nodiscard]] nlohmann::json parse_provider_answer(const std::string& body,
                                                   const std::string& what);
// A list; the same.
[[nodiscard]] nlohmann::json parse_provider_list(const std::string& body, const std::string& what);

}  // namespace estiba::registry
