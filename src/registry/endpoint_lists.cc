// /v2/, the catalog and tags.
#include <nlohmann/json.hpp>

#include "registry/api_error.h"
#include "registry/endpoints.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

using Json = nlohmann::ordered_json;

// One more name than asked for says that there is another page.
struct Page {
  std::vector<std::string> names;
  bool more = false;
};

template <typename List>
Page read_page(std::size_t count, const List& list) {
  if (count == 0) return {};
  Page page{list(count + 1), false};
  page.more = page.names.size() > count;
  if (page.more) page.names.pop_back();
  return page;
}

http::Response answer_page(const Page& page, const Json& body, const std::string& path,
                           std::size_t count) {
  http::Response response = json_response(200, body.dump());
  if (page.more) add_next_link(response, path, page.names.back(), count);
  return response;
}

}  // namespace

// 200, or 401 with the challenge: clients learn here how to log in.
http::Response answer_base(Call& call) {
  require_read(call);
  if (!call.identity.presented) throw Unauthorized("");
  return json_response(200, "{}");
}

http::Response answer_catalog(Call& call) {
  require_read(call);
  if (!call.identity.presented) throw Unauthorized("registry:catalog:*");
  const std::size_t count = page_size(call.request, kDefaultPageSize);
  const std::string last(call.request.query().get("last"));
  const Page page = read_page(count, [&](std::size_t limit) {
    return call.services.repositories.list(call.identity.principal, last, limit);
  });
  return answer_page(page, {{"repositories", page.names}}, "/v2/_catalog", count);
}

http::Response answer_tags(Call& call) {
  require_read(call);
  const RepositoryView repository = call.authorize(Action::kPull);
  const std::size_t count = page_size(call.request, kDefaultTagPageSize);
  const std::string last(call.request.query().get("last"));
  const Page page = read_page(count, [&](std::size_t limit) {
    return call.services.tags.list(*repository.id, last, limit);
  });
  return answer_page(page, {{"name", repository.name}, {"tags", page.names}},
                     "/v2/" + repository.name + "/tags/list", count);
}

}  // namespace estiba::registry
