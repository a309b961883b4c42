// What webhooks are told of a call.
#pragma once

#include <string>

#include "http/response.h"
#include "registry/call.h"

namespace estiba::sql {
class Connection;
}

namespace estiba::registry {

// A push, and a tag event for each tag that means something else now; within the transaction of the
// push. `event` says who and where. False when nobody wants to hear of it.
bool queue_push_events(Webhooks& webhooks, sql::Connection& connection, RegistryEvent event,
                       const NewManifest& manifest, const PutResult& result);

// Made before the change and gone after its commit, when it wakes the deliverers. What is queued
// within the transaction of the change is told if and only if the change is made, whatever happens
// to the server at that instant.
class CallEvents {
 public:
  explicit CallEvents(const Call& call) : call_(call) {}
  CallEvents(const CallEvents&) = delete;
  CallEvents& operator=(const CallEvents&) = delete;
  ~CallEvents();

  // Within the transaction. A push, and a tag event for each tag that means something else now.
  void pushed(sql::Connection& connection, const NewManifest& manifest, const PutResult& result);
  void tag_moved(sql::Connection& connection, const TagMove& move, const Digest& digest);
  // By tag or by digest, the other is empty.
  void deleted(sql::Connection& connection, const std::string& tag, const std::string& digest);
  // A read changes nothing, so this has a transaction of its own. Never throws: the answer stands,
  // a failure is logged.
  void pulled(const http::Response& response, const Logger& logger) noexcept;

 private:
  [[nodiscard]] RegistryEvent describe(const std::string& action) const;
  void queue(sql::Connection& connection, const RegistryEvent& event);

  const Call& call_;
  bool queued_ = false;
};

}  // namespace estiba::registry
