#include "registry/api_error.h"

#include <nlohmann/json.hpp>

namespace estiba::registry {
namespace {

using Json = nlohmann::ordered_json;

http::Response refuse(int status, const std::string& code, const std::string& message,
                      const std::string& detail) {
  Json error = {{"code", code}, {"message", message}};
  if (!detail.empty()) error["detail"] = Json::parse(detail);
  const Json body = {{"errors", Json::array({error})}};
  return json_response(status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

ApiError::ApiError(int status, std::string code, std::string message, std::string detail)
    : Error(ErrorCode::kInvalidArgument, std::move(message)),
      status_(status),
      api_code_(std::move(code)),
      detail_(std::move(detail)) {}

http::Response ApiError::response() const {
  return refuse(status_, api_code_, message(), detail_);
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
  if (const auto* api = dynamic_cast<const ApiError*>(&error)) return api->response();
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return refuse(400, "UNSUPPORTED", error.message(), "");
    case ErrorCode::kNotFound:
      return refuse(404, "NAME_UNKNOWN", error.message(), "");
    case ErrorCode::kUnauthenticated:
      return refuse(401, "UNAUTHORIZED", error.message(), "");
    case ErrorCode::kPermissionDenied:
      return refuse(403, "DENIED", error.message(), "");
    case ErrorCode::kConflict:
      return refuse(409, "DENIED", error.message(), "");
    case ErrorCode::kDataLoss:
      return refuse(400, "DIGEST_INVALID", error.message(), "");
    case ErrorCode::kResourceExhausted:
      return refuse(507, "UNKNOWN", "the registry is out of room; what was stored is safe", "");
    case ErrorCode::kUnavailable:
      return refuse(503, "UNKNOWN", "the registry is busy; try again", "");
    case ErrorCode::kUnsupported:
      return refuse(405, "UNSUPPORTED", error.message(), "");
    default:
      // What went wrong inside is for the operator's log, not for whoever asks.
      return refuse(500, "UNKNOWN", "the registry could not do this; its log says why", "");
  }
}

}  // namespace estiba::registry
