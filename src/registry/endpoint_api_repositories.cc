#include <nlohmann/json.hpp>

#include "http/target.h"
#include "registry/api_error.h"
#include "registry/endpoint_api.h"
#include "registry/endpoints.h"
#include "registry/events.h"
#include "registry/json_body.h"
#include "registry/limits.h"
#include "registry/repository_listing.h"

namespace estiba::registry {
namespace {

using RepositoryJson = nlohmann::ordered_json;

RepositoryJson describe_summary(const RepositorySummary& repository) {
  return {{"name", repository.name},
          {"owner", repository.owner},
          {"visibility", repository.visibility},
          {"description", repository.description},
          {"immutable_tags", repository.immutable_tags},
          {"created_at", format_rfc3339(repository.created_at)},
          {"tags", repository.tags},
          {"manifests", repository.manifests},
          {"size_bytes", repository.size_bytes},
          {"pulls", repository.pulls}};
}

http::Response answer_json(int status, const RepositoryJson& body) {
  return json_response(status, body.dump(-1, ' ', false, RepositoryJson::error_handler_t::replace));
}

http::Response answer_summary(Call& call, int status, std::int64_t repository) {
  const auto summary = summarize_repository(call.services.metadata, repository);
  if (!summary) throw ApiError(404, "NAME_UNKNOWN", "the repository is gone");
  http::Response response = answer_json(status, describe_summary(*summary));
  if (status == 201) {
    response.headers.set("Location", "/api/v0/repositories/" + summary->name);
  }
  return response;
}

http::Response list_deleted(Call& call) {
  if (!call.identity.principal.account) throw Unauthorized("");
  RepositoryJson list = RepositoryJson::array();
  for (const DeletedRepository& repository :
       list_deleted_repositories(call.services.metadata, call.identity.principal)) {
    list.push_back(
        {{"name", repository.name}, {"deleted_at", format_rfc3339(repository.deleted_at)}});
  }
  return answer_json(200, {{"repositories", std::move(list)}});
}

http::Response list_visible(Call& call) {
  const http::Query& parameters = call.request.query();
  if (parameters.get("deleted") == "true") return list_deleted(call);
  const std::size_t count = page_size(call.request, kDefaultPageSize);
  const RepositoryQuery query{.after = std::string(parameters.get("last")),
                              .owner = std::string(parameters.get("owner")),
                              .count = count + 1};
  auto found = list_repositories(call.services.metadata, call.identity.principal, query);
  const bool more = found.size() > count;
  if (more) found.pop_back();
  RepositoryJson list = RepositoryJson::array();
  for (const RepositorySummary& repository : found) list.push_back(describe_summary(repository));
  http::Response response = answer_json(200, {{"repositories", std::move(list)}});
  if (more && count > 0) {
    http::Query kept;
    if (!query.owner.empty()) kept.add("owner", query.owner);
    const std::string path = "/api/v0/repositories";
    add_next_link(response, kept.size() > 0 ? path + "?" + kept.to_string() : path,
                  found.back().name, count);
  }
  return response;
}

std::optional<Visibility> read_visibility(JsonBody& body) {
  const auto text = body.text("visibility");
  if (!text) return std::nullopt;
  if (*text != "public" && *text != "private") {
    throw ApiError(400, "UNSUPPORTED", "\"visibility\" must be \"public\" or \"private\"");
  }
  return parse_visibility_name(*text);
}

std::optional<std::string> read_description(JsonBody& body) {
  auto text = body.text("description");
  if (text && text->size() > kMaxDescriptionBytes) {
    throw ApiError(400, "SIZE_INVALID", "the description is longer than 64 KiB");
  }
  return text;
}

// Allowed where a push may make it.
http::Response create_repository(Call& call) {
  JsonBody body(call.request);
  call.route.repository = body.required_text("name");
  const Visibility visibility = read_visibility(body).value_or(Visibility::kPrivate);
  const auto description = read_description(body);
  const auto immutable_tags = body.texts("immutable_tags");
  body.finish();
  const std::string name = call.route.repository;
  (void)call.authorize_name(Action::kPush);
  call.services.repositories.create(name, call.identity.principal, visibility);
  if (description) call.services.repositories.set_description(name, *description);
  if (immutable_tags) call.services.rules.set_immutable_tags(name, *immutable_tags);
  return answer_summary(call, 201, call.services.rules.id_of(name));
}

http::Response change_repository(Call& call) {
  const RepositoryView repository = call.authorize(Action::kDelete);
  JsonBody body(call.request);
  const auto visibility = read_visibility(body);
  const auto description = read_description(body);
  const auto immutable_tags = body.texts("immutable_tags");
  body.finish();
  if (immutable_tags) call.services.rules.set_immutable_tags(repository.name, *immutable_tags);
  if (visibility) call.services.repositories.set_visibility(repository.name, *visibility);
  if (description) call.services.repositories.set_description(repository.name, *description);
  return answer_summary(call, 200, *repository.id);
}

http::Response delete_repository(Call& call) {
  const RepositoryView repository = call.authorize(Action::kDelete);
  ChangeEvents events(call);
  call.services.rules.remove(
      repository.name, [&](sql::Connection& connection) { events.deleted(connection, "", ""); });
  return empty_response(204);
}

http::Response restore_repository(Call& call) {
  const std::string& name = call.route.repository;
  if (!call.identity.principal.account) throw Unauthorized("");
  const RepositoryView deleted =
      call.services.repositories.view_deleted(name, call.identity.principal);
  // Who may not restore it is not told that it was there.
  if (!deleted.exists() || !call.may(Action::kDelete, deleted)) {
    throw ApiError(404, "NAME_UNKNOWN", "no such repository can be restored");
  }
  call.services.rules.restore(name);
  return answer_summary(call, 200, *deleted.id);
}

}  // namespace

http::Response answer_api_repositories(Call& call) {
  const std::string& method = call.request.method();
  if (method == "GET" || method == "HEAD") return list_visible(call);
  if (method == "POST") return create_repository(call);
  refuse_method("GET, HEAD, POST");
}

http::Response answer_api_repository(Call& call, const ApiRoute& route) {
  const std::string& method = call.request.method();
  if (route.resource == ApiResource::kRepositoryRestore) {
    require_method(call, "POST");
    return restore_repository(call);
  }
  if (method == "GET" || method == "HEAD") {
    return answer_summary(call, 200, *call.authorize(Action::kPull).id);
  }
  if (method == "PATCH") return change_repository(call);
  if (method == "DELETE") return delete_repository(call);
  refuse_method("GET, HEAD, PATCH, DELETE");
}

}  // namespace estiba::registry
