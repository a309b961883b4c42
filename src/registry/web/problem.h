// Refusals of the pages' API, in the form of RFC 9457.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/response.h"

namespace estiba::registry::web {

// Thrown by endpoints; the router turns it into the answer. The codes are those of openapi.json.
class Problem : public Error {
 public:
  // A member of the request and what is wrong with it.
  using Member = std::pair<std::string, std::string>;

  Problem(int status, std::string code, std::string detail, std::vector<Member> members = {});
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] http::Response response() const;

 private:
  int status_;
  std::string problem_code_;
  std::vector<Member> members_;
};

// 404, for what is not there and for what the caller may not see alike.
[[noreturn]] void refuse_unseen();
// The problem that any Error is: the one place where codes become statuses of this API.
[[nodiscard]] Problem to_problem(const Error& error);

}  // namespace estiba::registry::web
