// WWW-Authenticate: what a server wants to see before it answers (RFC 9110, 11.6.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/headers.h"

namespace estiba::http {

struct AuthChallenge {
  std::string scheme;   // lower case: "bearer", "basic"
  std::string token68;  // instead of parameters, as "negotiate" has it
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case

  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

// Every challenge of every WWW-Authenticate field, in order. Tolerant: what can't be understood
// ends that field, the challenges before it count. Bounded by limits.h.
[[nodiscard]] std::vector<AuthChallenge> parse_challenges(const Headers& headers);
[[nodiscard]] std::vector<AuthChallenge> parse_challenges(std::string_view field_value);

}  // namespace estiba::http
