#include "client/search.h"

#include <fmt/format.h>

#include "base/error.h"
#include "client/limits.h"
#include "client/registry_error.h"
#include "client/registry_session.h"
#include "http/target.h"
#include "oci/json_document.h"

namespace estiba::client {
namespace {

constexpr const char* kDockerHub = "docker.io";
constexpr const char* kDockerHubIndex = "index.docker.io";

std::vector<FoundRepository> read_results(const std::string& body) {
  const nlohmann::json json = parse_json(body, kMaxSearchResponseBytes, "search results");
  std::vector<FoundRepository> found;
  for (const JsonField& entry : JsonField(json, "search results")["results"].elements()) {
    found.push_back({.name = printable(entry["name"].required().string(), 512),
                     .description = entry["description"].string(),
                     .stars = entry["star_count"].integer().value_or(0),
                     .is_official = entry["is_official"].boolean(),
                     .is_automated = entry["is_automated"].boolean()});
  }
  return found;
}

}  // namespace

std::vector<FoundRepository> search(const std::string& registry, const std::string& term, int limit,
                                    const Settings& settings, std::optional<Credential> credential,
                                    std::stop_token stop) {
  http::Query query;
  query.add("q", term);
  query.add("n", std::to_string(limit));
  http::Client http(settings.http);
  const std::string host = registry == kDockerHub ? kDockerHubIndex : registry;
  RegistrySession session(http, registry_endpoint(host, settings), std::move(credential));
  http::Exchange exchange = session.send({.target = "/v1/search?" + query.to_string()}, stop);
  if (exchange.status() == 404) {
    throw RegistryError(404, {}, fmt::format("{} has no search", registry),
                        "only registries with docker's first API, /v1/search, can be searched");
  }
  if (exchange.status() != 200) {
    throw read_failure(exchange, fmt::format("searching {}", registry));
  }
  std::vector<FoundRepository> found =
      read_results(read_all(exchange.body(), kMaxSearchResponseBytes, "search results"));
  if (found.size() > static_cast<std::size_t>(limit)) found.resize(static_cast<std::size_t>(limit));
  return found;
}

}  // namespace estiba::client
