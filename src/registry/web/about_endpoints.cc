// The API's own document, and what pages have to know before anybody has signed in.
#include <array>

#include "oci/json_document.h"
#include "registry/profiles.h"
#include "registry/web/account_json.h"
#include "registry/web/api.h"
#include "registry/web/openapi.h"
#include "sql/connection.h"

namespace estiba::registry::web {
namespace {

http::Response get_open_api(ApiCall&) {
  http::Response response;
  response.headers = {{"Content-Type", "application/json"}, {"ETag", std::string(openapi_etag())}};
  response.body = std::string(openapi_document());
  return response;
}

Json messages_json(ApiCall& call) {
  const auto reader = call.web.metadata.reader();
  Json messages = Json::array();
  sql::Statement rows =
      reader->query("SELECT id, severity, text, created_at FROM messages ORDER BY id LIMIT 20");
  for (const sql::Statement& row : rows) {
    messages.push_back({{"id", row.integer(0)},
                        {"severity", row.text(1)},
                        {"text", row.text(2)},
                        {"created_at", seconds_text(row.integer(3))}});
  }
  return messages;
}

Json providers_json(const ApiCall& call) {
  Json providers = Json::array();
  for (const ProviderSettings& provider : call.web.providers.settings()) {
    providers.push_back({{"name", provider.name}, {"title", provider.title}});
  }
  return providers;
}

http::Response get_about(ApiCall& call) {
  const Authentication& authentication = call.services.authentication;
  return answer_json({{"version", ESTIBA_VERSION},
                      {"registry", registry_name(call)},
                      {"base_url", authentication.base_url(call.request)},
                      {"sign_up", std::string(sign_up_name(call.web.options.sign_up))},
                      {"setup_required", needs_setup(call.web.metadata)},
                      {"providers", providers_json(call)},
                      {"messages", messages_json(call)}});
}

constexpr std::array<ApiRoute, 2> kAboutRoutes = {{
    {"GET", "/openapi.json", "getOpenApi", Audience::kAnybody, get_open_api},
    {"GET", "/about", "getAbout", Audience::kAnybody, get_about},
}};

}  // namespace

std::span<const ApiRoute> about_routes() {
  return kAboutRoutes;
}

}  // namespace estiba::registry::web
