// Search, as docker's first registry API has it, of which `docker search` and `podman search` still
// use two paths.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "registry/api_error.h"
#include "registry/endpoints.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

using Json = nlohmann::ordered_json;

std::size_t read_number(std::string_view text, std::size_t fallback, std::size_t most) {
  if (text.empty()) return fallback;
  std::size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || number == 0) {
    throw ApiError(400, "PAGINATION_NUMBER_INVALID", "n and page must be numbers from 1");
  }
  return std::min(number, most);
}

Json describe_hit(const SearchHit& hit) {
  return {{"name", hit.name},
          {"description", hit.description},
          {"star_count", 0},
          {"is_official", false},
          {"is_automated", false},
          {"is_trusted", false},
          {"is_private", hit.visibility == Visibility::kPrivate}};
}

SearchQuery read_query(const http::Query& parameters) {
  SearchQuery query;
  query.text = parameters.get("q");
  if (query.text.size() > kMaxSearchTextBytes) {
    throw ApiError(400, "UNSUPPORTED", "the search term is too long");
  }
  query.page_size = read_number(parameters.get("n"), kDefaultSearchPage, kMaxSearchPage);
  query.page = read_number(parameters.get("page"), 1, kMaxSearchPages);
  return query;
}

}  // namespace

http::Response answer_v1_ping(Call& call) {
  if (call.request.method() != "GET" && call.request.method() != "HEAD") {
    refuse_method("GET, HEAD");
  }
  http::Response response = json_response(200, "{\"standalone\":true}");
  response.headers.set("X-Docker-Registry-Version", "0.6.0");
  response.headers.set("X-Docker-Registry-Standalone", "true");
  return response;
}

http::Response answer_v1_search(Call& call) {
  if (call.request.method() != "GET") refuse_method("GET");
  const SearchQuery query = read_query(call.request.query());
  const SearchPage page = call.services.search.find(call.identity.principal, query);
  Json results = Json::array();
  for (const SearchHit& hit : page.hits) results.push_back(describe_hit(hit));
  const Json body = {{"query", query.text},
                     {"num_results", page.total},
                     {"num_pages", (page.total + query.page_size - 1) / query.page_size},
                     {"page", query.page},
                     {"page_size", query.page_size},
                     {"results", std::move(results)}};
  return json_response(200, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace estiba::registry
