// What is told of a change: to webhooks and to those who watch.
#pragma once

#include <string>
#include <vector>

#include "http/response.h"
#include "registry/call.h"

namespace estiba::sql {
class Connection;
}

namespace estiba::registry {

// Who changes what, and from where; the action and its object are the change's to say.
[[nodiscard]] RegistryEvent describe_origin(const Services& services, const http::Request& request,
                                            const std::string& repository,
                                            const std::string& actor);

// Made before the change and gone after its commit, when it wakes the deliverers and tells who
// watches, unless an error takes it away. What is queued for webhooks within the transaction of the
// change is told if and only if the change is made, whatever happens to the server at that instant.
class ChangeEvents {
 public:
  ChangeEvents(Webhooks& webhooks, LiveEvents& live, RegistryEvent origin);
  explicit ChangeEvents(const Call& call);
  ChangeEvents(const ChangeEvents&) = delete;
  ChangeEvents& operator=(const ChangeEvents&) = delete;
  ~ChangeEvents();

  // All within the transaction. A push, and a tag event for each tag that means something else now.
  void pushed(sql::Connection& connection, const NewManifest& manifest, const PutResult& result);
  void tag_moved(sql::Connection& connection, const TagMove& move, const Digest& digest);
  // By tag or by digest, the other is empty; both are for the whole repository.
  void deleted(sql::Connection& connection, const std::string& tag, const std::string& digest);

 private:
  void queue(sql::Connection& connection, const RegistryEvent& event);

  Webhooks& webhooks_;
  LiveEvents& live_;
  const RegistryEvent origin_;
  const int errors_;  // that were on their way when this was made
  std::vector<RegistryEvent> told_;
  bool queued_ = false;
};

// A read changes nothing, so this has a transaction of its own. Never throws: the answer stands, a
// failure is logged.
void tell_pull(const Call& call, const http::Response& response, const Logger& logger) noexcept;

}  // namespace estiba::registry
