// What the endpoints of the pages' API share; for .cc files only: it includes the JSON library.
//
// An endpoint is a function that takes the call and answers JSON. A file of endpoints has a table
// of its routes, which says who may ask at all; who may ask for this thing is asked of `allowed`.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "http/request.h"
#include "http/response.h"
#include "registry/call.h"
#include "registry/web/problem.h"
#include "registry/web/web_services.h"

namespace estiba::registry::web {

using Json = nlohmann::ordered_json;

// Who a route is for; within that, `allowed` decides.
enum class Audience {
  kAnybody,        // reads no credentials
  kOptional,       // anybody, but who is asked matters
  kAccount,        // an account, by whatever credentials
  kSession,        // a person at a page
  kAdministrator,  // of the registry
};

struct ApiCall {
  Services& services;
  WebServices& web;
  http::Request& request;
  Identity identity{};
  std::optional<SignedIn> session{};          // by cookie
  std::map<std::string, std::string> path{};  // "repository" of /repositories/{repository}
  // For the audit, by endpoints that know it better than the path does.
  std::string target{};
  std::string detail{};
  std::string actor{};
  // Of a GET that changes something: how the audit is to see it, whatever the answer's status.
  std::optional<int> audit_status{};

  [[nodiscard]] const Principal& principal() const { return identity.principal; }
  // Of a route that is for accounts.
  [[nodiscard]] const Account& account() const { return *identity.principal.account; }
  [[nodiscard]] const std::string& part(const std::string& name) const { return path.at(name); }
  // The {id} of a path; 404 for what is no number.
  [[nodiscard]] std::int64_t id_part(const std::string& name = "id") const;

  // The repository of the path if the caller may do this to it. Who may not even see it gets 404,
  // who may see it 403 (401 when nobody in particular asks).
  [[nodiscard]] RepositoryView repository(Action action) const;
  [[nodiscard]] RepositoryView repository(Action action, const std::string& name) const;
  [[nodiscard]] NamespaceView space(const std::string& name, NamespaceAction action) const;
  [[nodiscard]] std::string query(std::string_view name) const;
  // What a change to this repository tells of who made it.
  [[nodiscard]] RegistryEvent origin(const RepositoryView& repository) const;
};

using ApiHandler = http::Response (*)(ApiCall&);

struct ApiRoute {
  std::string_view method;
  std::string_view path;  // "/repositories/{repository}/tags/{tag}", as in openapi.json
  std::string_view operation;
  Audience audience;
  ApiHandler handler;
};

// A request's JSON object. Members that nobody asked for are refused by done(), so that nothing can
// be set that an endpoint did not mean to take.
class Body {
 public:
  explicit Body(ApiCall& call);
  [[nodiscard]] std::string text(const std::string& name);  // required
  [[nodiscard]] std::optional<std::string> optional_text(const std::string& name);
  [[nodiscard]] std::optional<bool> optional_boolean(const std::string& name);
  [[nodiscard]] std::optional<std::int64_t> optional_integer(const std::string& name);
  // 1 or more, up to kMaxApiNumber.
  [[nodiscard]] std::optional<std::int64_t> optional_count(const std::string& name);
  [[nodiscard]] std::optional<std::vector<std::string>> optional_texts(const std::string& name);
  [[nodiscard]] std::optional<Timestamp> optional_time(const std::string& name);
  [[nodiscard]] std::optional<Role> optional_role(const std::string& name);
  [[nodiscard]] Role role(const std::string& name);
  void done();

 private:
  [[nodiscard]] const nlohmann::json* take(const std::string& name);
  [[noreturn]] static void refuse(const std::string& name, const std::string& message);
  nlohmann::json object_;
  std::vector<std::string> taken_;
};

// The page that was asked for: what comes after `cursor`, up to `limit`. Endpoints fetch one more
// than that to know whether there are more.
struct PageRequest {
  std::string cursor;
  std::size_t limit = 0;
  [[nodiscard]] std::int64_t number() const;  // a cursor that is an id; 0 at the beginning
};
[[nodiscard]] PageRequest read_page(const ApiCall& call);

// {"items": [...], "next": cursor or null} of a range that holds up to limit + 1 things.
template <typename Things, typename Describe, typename CursorOf>
[[nodiscard]] Json page_of(const Things& things, const PageRequest& page, Describe&& describe,
                           CursorOf&& cursor_of) {
  Json items = Json::array();
  Json next = nullptr;
  for (const auto& thing : things) {
    if (items.size() == page.limit) {
      next = cursor_of(things[page.limit - 1]);
      break;
    }
    items.push_back(describe(thing));
  }
  return {{"items", std::move(items)}, {"next", std::move(next)}};
}

[[nodiscard]] http::Response answer_json(const Json& body, int status = 200);
[[nodiscard]] http::Response answer_nothing();  // 204
[[nodiscard]] Json time_json(const std::optional<Timestamp>& time);
[[nodiscard]] std::string seconds_text(std::int64_t seconds);  // RFC 3339
[[nodiscard]] Json seconds_json(const std::optional<std::int64_t>& seconds);
// 412 unless the request's If-Match names what the thing is now.
void check_unchanged(const ApiCall& call, const Json& now);

// Runs `work`; what it finds invalid is the fault of this member of the request.
template <typename Work>
auto blaming(const std::string& member, Work&& work) {
  try {
    return work();
  } catch (const Problem&) {
    throw;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    Problem problem(400, "invalid", error.message(), {{member, error.message()}});
    problem.set_hint(error.hint());
    throw problem;
  }
}

// Every route there is.
[[nodiscard]] std::vector<ApiRoute> all_routes();

[[nodiscard]] std::span<const ApiRoute> about_routes();
[[nodiscard]] std::span<const ApiRoute> session_routes();
[[nodiscard]] std::span<const ApiRoute> account_routes();
[[nodiscard]] std::span<const ApiRoute> repository_routes();
[[nodiscard]] std::span<const ApiRoute> tag_routes();
[[nodiscard]] std::span<const ApiRoute> image_routes();
[[nodiscard]] std::span<const ApiRoute> file_routes();
[[nodiscard]] std::span<const ApiRoute> compare_routes();
[[nodiscard]] std::span<const ApiRoute> trash_routes();
[[nodiscard]] std::span<const ApiRoute> settings_routes();
[[nodiscard]] std::span<const ApiRoute> webhook_routes();
[[nodiscard]] std::span<const ApiRoute> organisation_routes();
[[nodiscard]] std::span<const ApiRoute> grant_routes();
[[nodiscard]] std::span<const ApiRoute> robot_routes();
[[nodiscard]] std::span<const ApiRoute> audit_routes();
[[nodiscard]] std::span<const ApiRoute> event_routes();
[[nodiscard]] std::span<const ApiRoute> user_routes();
[[nodiscard]] std::span<const ApiRoute> operation_routes();
[[nodiscard]] std::span<const ApiRoute> invitation_routes();
[[nodiscard]] std::span<const ApiRoute> external_routes();

}  // namespace estiba::registry::web
