// Answers that refuse, in the form of the OCI distribution specification ("Error Codes").
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/response.h"

namespace estiba::registry {

// Thrown by handlers; becomes the response at the router.
class ApiError : public Error {
 public:
  // `code` is the specification's ("BLOB_UNKNOWN"); `detail` is JSON or empty.
  ApiError(int status, std::string code, std::string message, std::string detail = {});
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const std::string& api_code() const { return api_code_; }
  [[nodiscard]] const std::string& detail() const { return detail_; }
  [[nodiscard]] http::Response response() const;

 private:
  int status_;
  std::string api_code_;
  std::string detail_;
};

// The response for any Error: the one place where codes become statuses.
[[nodiscard]] http::Response error_response(const Error& error);
[[nodiscard]] http::Response json_response(int status, std::string body);
[[nodiscard]] http::Response empty_response(int status);

}  // namespace estiba::registry
