// Which answers of the registry are events for webhooks.
#pragma once

#include <optional>
#include <string>

#include "http/response.h"
#include "registry/call.h"

namespace estiba::registry {

// Looks at one call before and after it is answered: a tag's move is seen by what it meant before.
class EventWatch {
 public:
  explicit EventWatch(Call& call);
  // Tells the webhooks of what has happened. Never throws: the answer stands, a failure is logged.
  void answered(const http::Response& response, const Logger& logger) noexcept;

 private:
  [[nodiscard]] RegistryEvent describe(const http::Response& response) const;
  void tell(const http::Response& response);

  Call& call_;
  std::string tag_;       // empty: by digest
  std::string previous_;  // what the tag meant
};

}  // namespace estiba::registry
