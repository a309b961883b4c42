#include "registry/api_error.h"

#include <nlohmann/json.hpp>

namespace estiba::registry {
namespace {

using Json = nlohmann::ordered_json;

struct Refusal {
  int status = 500;
  std::string code;
  std::string message;
  std::string detail{};  // JSON, or empty
};

Refusal refusal_of(const Error& error) {
  if (const auto* api = dynamic_cast<const ApiError*>(&error)) {
    return {api->status(), api->api_code(), api->message(), api->detail()};
  }
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return {400, "UNSUPPORTED", error.message()};
    case ErrorCode::kNotFound:
      return {404, "NAME_UNKNOWN", error.message()};
    case ErrorCode::kUnauthenticated:
      return {401, "UNAUTHORIZED", error.message()};
    case ErrorCode::kPermissionDenied:
      return {403, "DENIED", error.message()};
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
      return {409, "DENIED", error.message()};
    case ErrorCode::kDataLoss:
      return {400, "DIGEST_INVALID", error.message()};
    case ErrorCode::kResourceExhausted:
      return {507, "UNKNOWN", "the registry is out of room; what was stored is safe"};
    case ErrorCode::kUnavailable:
      return {503, "UNKNOWN", "the registry is busy; try again"};
    case ErrorCode::kUnsupported:
      return {405, "UNSUPPORTED", error.message()};
    default:
      // What went wrong inside is for the operator's log, not for whoever asks.
      return {500, "UNKNOWN", "the registry could not do this; its log says why"};
  }
}

http::Response refuse(const Refusal& refusal) {
  Json error = {{"code", refusal.code}, {"message", refusal.message}};
  if (!refusal.detail.empty()) error["detail"] = Json::parse(refusal.detail);
  const Json body = {{"errors", Json::array({error})}};
  return json_response(refusal.status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

ApiError::ApiError(int status, std::string code, std::string message, std::string detail)
    : Error(ErrorCode::kInvalidArgument, std::move(message)),
      status_(status),
      api_code_(std::move(code)),
      detail_(std::move(detail)) {}

http::Response ApiError::response() const {
  return refuse(refusal_of(*this));
}

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

http::Response empty_response(int status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response error_response(const Error& error) {
  return refuse(refusal_of(error));
}

}  // namespace estiba::registry
