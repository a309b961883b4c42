#include "registry/events.h"

#include "base/error.h"
#include "sql/connection.h"

namespace estiba::registry {

bool queue_push_events(Webhooks& webhooks, sql::Connection& connection, RegistryEvent event,
                       const NewManifest& manifest, const PutResult& result) {
  event.action = "push";
  if (!manifest.expected) event.tag = manifest.tags.front();
  event.digest = result.digest.to_string();
  event.media_type = result.media_type;
  event.size_bytes = manifest.bytes.size();
  bool queued = webhooks.queue(connection, event);
  event.action = "tag";
  for (const TagMove& move : result.moves) {
    event.tag = move.tag;
    event.previous_digest = move.previous_digest;
    queued = webhooks.queue(connection, event) || queued;
  }
  return queued;
}

CallEvents::~CallEvents() {
  if (queued_) call_.services.webhooks.wake();
}

RegistryEvent CallEvents::describe(const std::string& action) const {
  const http::Request& request = call_.request;
  RegistryEvent event;
  event.action = action;
  event.repository = call_.route.repository;
  event.actor = call_.identity.principal.name();
  event.request_id = request.request_id();
  event.peer_address = request.peer_address();
  event.host = request.headers().get("Host");
  event.method = request.method();
  event.user_agent = request.headers().get("User-Agent");
  event.base_url = call_.services.authentication.base_url(request);
  return event;
}

void CallEvents::queue(sql::Connection& connection, const RegistryEvent& event) {
  if (call_.services.webhooks.queue(connection, event)) queued_ = true;
}

void CallEvents::pushed(sql::Connection& connection, const NewManifest& manifest,
                        const PutResult& result) {
  if (queue_push_events(call_.services.webhooks, connection, describe("push"), manifest, result)) {
    queued_ = true;
  }
}

void CallEvents::tag_moved(sql::Connection& connection, const TagMove& move, const Digest& digest) {
  RegistryEvent event = describe("tag");
  event.tag = move.tag;
  event.digest = digest.to_string();
  event.previous_digest = move.previous_digest;
  queue(connection, event);
}

void CallEvents::deleted(sql::Connection& connection, const std::string& tag,
                         const std::string& digest) {
  RegistryEvent event = describe("delete");
  event.tag = tag;
  event.digest = digest;
  queue(connection, event);
}

void CallEvents::pulled(const http::Response& response, const Logger& logger) noexcept {
  if (call_.route.endpoint != Endpoint::kManifest || call_.request.method() != "GET" ||
      response.status != 200 || !call_.services.webhooks.wants("pull", call_.route.repository)) {
    return;
  }
  try {
    RegistryEvent event = describe("pull");
    if (call_.route.reference.find(':') == std::string::npos) event.tag = call_.route.reference;
    event.digest = response.headers.get("Docker-Content-Digest");
    event.media_type = response.headers.get("Content-Type");
    if (const auto* body = std::get_if<std::string>(&response.body)) {
      event.size_bytes = body->size();
    }
    call_.services.webhooks.queue_alone(event);
    queued_ = true;
  } catch (const std::exception& error) {
    logger.error(std::string("a pull was not told: ") + error.what());
  }
}

}  // namespace estiba::registry
