#include "registry/web/api.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/hash.h"
#include "http/conditional.h"
#include "oci/json_document.h"
#include "oci/reference.h"
#include "registry/api_error.h"
#include "registry/events.h"

namespace estiba::registry::web {
namespace {

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0) {
    return std::nullopt;
  }
  return number;
}

std::string etag_of(const Json& body) {
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.update(dump_json(body));
  return "\"" + hasher.finish_hex().substr(0, 32) + "\"";
}

std::string read_json_body(ApiCall& call) {
  const std::string_view type = call.request.headers().get("content-type");
  if (!http::equals_ignoring_case(type.substr(0, type.find(';')), "application/json")) {
    // Forms of other sites can send what browsers call simple; this is not.
    throw Problem(415, "invalid", "the request must be application/json");
  }
  try {
    return call.request.read_body(kMaxApiRequestBytes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kResourceExhausted) throw;
    throw Problem(413, "too-large", "the request is too large");
  }
}

}  // namespace

std::int64_t ApiCall::id_part(const std::string& name) const {
  const auto number = parse_number(part(name));
  if (!number) refuse_unseen();
  return *number;
}

RepositoryView ApiCall::repository(Action action) const {
  return repository(action, part("repository"));
}

RepositoryView ApiCall::repository(Action action, const std::string& name) const {
  if (!is_valid_repository_path(name)) refuse_unseen();
  RepositoryView view = services.repositories.view(name, principal());
  if (!view.exists() || !allowed(principal(), Action::kPull, view)) refuse_unseen();
  if (allowed(principal(), action, view)) return view;
  if (!principal().account) throw Problem(401, "unauthenticated", "sign in first");
  throw Problem(403, "forbidden", "your role on " + name + " does not let you do this");
}

NamespaceView ApiCall::space(const std::string& name, NamespaceAction action) const {
  NamespaceView view = services.repositories.namespace_view(name, principal());
  if (allowed(principal(), action, view)) return view;
  if (!allowed(principal(), NamespaceAction::kSee, view)) refuse_unseen();
  throw Problem(403, "forbidden", "your role in " + name + " does not let you do this");
}

std::string ApiCall::query(std::string_view name) const {
  return std::string(request.query().get(name));
}

RegistryEvent ApiCall::origin(const RepositoryView& repository) const {
  return describe_origin(services, request, repository.name, principal().name());
}

Body::Body(ApiCall& call) {
  const std::string text = read_json_body(call);
  object_ = parse_json(text.empty() ? "{}" : text, kMaxApiRequestBytes, "the request");
  if (!object_.is_object()) throw Problem(400, "invalid", "the request must be a JSON object");
}

void Body::refuse(const std::string& name, const std::string& message) {
  throw Problem(400, "invalid", name + " " + message, {{name, message}});
}

const nlohmann::json* Body::take(const std::string& name) {
  taken_.push_back(name);
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::string Body::text(const std::string& name) {
  auto found = optional_text(name);
  if (!found) refuse(name, "is missing");
  return *found;
}

std::optional<std::string> Body::optional_text(const std::string& name) {
  const auto* value = take(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse(name, "must be a text");
  auto text = value->get<std::string>();
  if (text.find('\0') != std::string::npos) refuse(name, "must not hold a NUL");
  return text;
}

std::optional<bool> Body::optional_boolean(const std::string& name) {
  const auto* value = take(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse(name, "must be true or false");
  return value->get<bool>();
}

std::optional<std::int64_t> Body::optional_integer(const std::string& name) {
  const auto* value = take(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) refuse(name, "must be a whole number");
  return value->get<std::int64_t>();
}

std::optional<std::int64_t> Body::optional_count(const std::string& name) {
  const auto count = optional_integer(name);
  if (count && (*count < 1 || *count > kMaxApiNumber)) refuse(name, "must be a number from 1");
  return count;
}

std::optional<std::vector<std::string>> Body::optional_texts(const std::string& name) {
  const auto* value = take(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array()) refuse(name, "must be a list of texts");
  std::vector<std::string> texts;
  for (const auto& element : *value) {
    if (!element.is_string()) refuse(name, "must be a list of texts");
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::optional<Timestamp> Body::optional_time(const std::string& name) {
  const auto text = optional_text(name);
  if (!text) return std::nullopt;
  try {
    return parse_rfc3339(*text);
  } catch (const Error& error) {
    refuse(name, error.message());
  }
}

std::optional<Role> Body::optional_role(const std::string& name) {
  const auto text = optional_text(name);
  if (!text) return std::nullopt;
  const auto role = parse_role(*text);
  if (!role) refuse(name, "must be read, write or admin");
  return role;
}

Role Body::role(const std::string& name) {
  const auto role = optional_role(name);
  if (!role) refuse(name, "is missing");
  return *role;
}

void Body::done() {
  std::vector<Problem::Member> unknown;
  for (const auto& [name, value] : object_.items()) {
    if (std::find(taken_.begin(), taken_.end(), name) == taken_.end()) {
      unknown.emplace_back(name, "is not known here");
    }
  }
  if (!unknown.empty()) {
    throw Problem(400, "unknown-member", unknown.front().first + " is not known here", unknown);
  }
}

std::int64_t PageRequest::number() const {
  if (cursor.empty()) return 0;
  const auto number = parse_number(cursor);
  if (!number) throw Problem(400, "invalid", "there is no such cursor");
  return *number;
}

PageRequest read_page(const ApiCall& call) {
  PageRequest page{call.query("cursor"), kDefaultApiPage};
  if (const std::string text = call.query("limit"); !text.empty()) {
    const auto limit = parse_number(text);
    if (!limit || *limit < 1) throw Problem(400, "invalid", "limit must be a number from 1");
    page.limit = std::min<std::size_t>(static_cast<std::size_t>(*limit), kMaxPageSize);
  }
  return page;
}

http::Response answer_json(const Json& body, int status) {
  http::Response response = json_response(status, dump_json(body));
  response.headers.set("ETag", etag_of(body));
  return response;
}

http::Response answer_nothing() {
  return empty_response(204);
}

Json time_json(const std::optional<Timestamp>& time) {
  return time ? Json(format_rfc3339(*time)) : Json(nullptr);
}

std::string seconds_text(std::int64_t seconds) {
  return format_rfc3339(from_unix_seconds(seconds));
}

Json seconds_json(const std::optional<std::int64_t>& seconds) {
  return seconds ? Json(seconds_text(*seconds)) : Json(nullptr);
}

void check_unchanged(const ApiCall& call, const Json& now) {
  if (!call.request.headers().contains("If-Match")) return;
  if (http::check_conditions(call.request, etag_of(now)) == http::Condition::kFailed) {
    throw Problem(412, "precondition-failed", "somebody has changed it meanwhile");
  }
}

}  // namespace estiba::registry::web
