// The JSON object that a request to /api/v0 brings.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/request.h"

namespace estiba::registry {

// Reads what it knows by name, and refuses what it does not: a misspelt member would be a wish that
// nobody hears. All throw ApiError. Belongs to one thread.
class JsonBody {
 public:
  // Reads the body; without one it is an empty object. 415 unless the type is application/json,
  // which also keeps forms of other sites from being taken for requests.
  explicit JsonBody(http::Request& request);
  ~JsonBody();

  // The member, if it is there; 400 when it is of another kind.
  [[nodiscard]] std::optional<std::string> text(const std::string& name);
  [[nodiscard]] std::optional<bool> boolean(const std::string& name);
  [[nodiscard]] std::optional<std::int64_t> count(const std::string& name);  // 1 or more
  [[nodiscard]] std::optional<std::vector<std::string>> texts(const std::string& name);
  // 400 when it is missing or empty.
  [[nodiscard]] std::string required_text(const std::string& name);
  // 400 when there are members that nobody asked for. Call it before anything is changed.
  void finish() const;

 private:
  struct Members;
  std::unique_ptr<Members> members_;
};

}  // namespace estiba::registry
