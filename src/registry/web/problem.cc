#include "registry/web/problem.h"

#include <nlohmann/json.hpp>

#include "registry/api_error.h"

namespace estiba::registry::web {
namespace {

struct ProblemKind {
  int status;
  const char* code;
};

ProblemKind kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return {400, "invalid"};
    case ErrorCode::kNotFound:
      return {404, "not-found"};
    case ErrorCode::kAlreadyExists:
      return {409, "exists"};
    case ErrorCode::kPermissionDenied:
      return {403, "forbidden"};
    case ErrorCode::kUnauthenticated:
      return {401, "unauthenticated"};
    case ErrorCode::kConflict:
      return {409, "conflict"};
    case ErrorCode::kResourceExhausted:
      return {507, "unavailable"};
    case ErrorCode::kUnavailable:
      return {503, "unavailable"};
    case ErrorCode::kUnsupported:
      return {405, "method-not-allowed"};
    default:
      break;
  }
  return {500, "internal"};
}

}  // namespace

Problem::Problem(int status, std::string code, std::string detail, std::vector<Member> members)
    : Error(ErrorCode::kInvalidArgument, std::move(detail)),
      status_(status),
      problem_code_(std::move(code)),
      members_(std::move(members)) {}

http::Response Problem::response() const {
  nlohmann::ordered_json body = {{"type", "about:blank"},
                                 {"title", std::string(http::reason_phrase(status_))},
                                 {"status", status_},
                                 {"code", problem_code_},
                                 {"detail", message()}};
  if (!hint().empty()) body["hint"] = hint();
  for (const auto& [member, text] : members_) {
    body["members"].push_back({{"member", member}, {"message", text}});
  }
  http::Response response = json_response(
      status_, body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  response.headers.set("Content-Type", "application/problem+json");
  return response;
}

void refuse_unseen() {
  throw Problem(404, "not-found", "there is no such thing, or it is not yours to see");
}

Problem to_problem(const Error& error) {
  if (const auto* problem = dynamic_cast<const Problem*>(&error)) return *problem;
  if (const auto* api = dynamic_cast<const ApiError*>(&error)) {
    const int status = api->response().status;
    const char* code = status == 429   ? "too-many-requests"
                       : status == 413 ? "too-large"
                       : status == 403 ? "forbidden"
                       : status == 404 ? "not-found"
                                       : "invalid";
    return {status, code, api->message()};
  }
  const ProblemKind kind = kind_of(error.code());
  // What went wrong inside is for the operator's log, not for whoever asks.
  Problem problem(
      kind.status, kind.code,
      kind.status >= 500 ? "the registry could not do this; its log says why" : error.message());
  if (kind.status < 500) problem.set_hint(error.hint());
  return problem;
}

}  // namespace estiba::registry::web
