// Finding repositories by words, as docker's first registry API has it.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "client/credentials.h"
#include "client/settings.h"

namespace estiba::client {

struct FoundRepository {
  std::string name;
  std::string description;
  std::int64_t stars = 0;
  bool is_official = false;
  bool is_automated = false;
};

// Asks GET /v1/search of `registry` ("docker.io" is searched where docker does) for at most `limit`
// repositories, the best first as the registry sees it. RegistryError when it refuses or knows no
// search.
[[nodiscard]] std::vector<FoundRepository> search(const std::string& registry,
                                                  const std::string& term, int limit,
                                                  const Settings& settings,
                                                  std::optional<Credential> credential,
                                                  std::stop_token stop);

}  // namespace estiba::client
