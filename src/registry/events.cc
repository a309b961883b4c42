#include "registry/events.h"

#include <exception>

#include "base/error.h"
#include "base/time.h"
#include "sql/connection.h"

namespace estiba::registry {

RegistryEvent describe_origin(const Services& services, const http::Request& request,
                              const std::string& repository, const std::string& actor) {
  RegistryEvent event;
  event.repository = repository;
  event.actor = actor;
  event.request_id = request.request_id();
  event.peer_address = request.peer_address();
  event.host = request.headers().get("Host");
  event.method = request.method();
  event.user_agent = request.headers().get("User-Agent");
  event.base_url = services.authentication.base_url(request);
  return event;
}

ChangeEvents::ChangeEvents(Webhooks& webhooks, LiveEvents& live, RegistryEvent origin)
    : webhooks_(webhooks),
      live_(live),
      origin_(std::move(origin)),
      errors_(std::uncaught_exceptions()) {}

ChangeEvents::ChangeEvents(const Call& call)
    : ChangeEvents(call.services.webhooks, call.services.live,
                   describe_origin(call.services, call.request, call.route.repository,
                                   call.identity.principal.name())) {}

ChangeEvents::~ChangeEvents() {
  if (std::uncaught_exceptions() > errors_) return;
  for (const RegistryEvent& event : told_) {
    live_.publish(
        {"", event.action, event.repository, event.tag, event.digest, event.size_bytes, now()});
  }
  if (queued_) webhooks_.wake();
}

void ChangeEvents::queue(sql::Connection& connection, const RegistryEvent& event) {
  if (webhooks_.queue(connection, event)) queued_ = true;
  told_.push_back(event);
}

void ChangeEvents::pushed(sql::Connection& connection, const NewManifest& manifest,
                          const PutResult& result) {
  RegistryEvent event = origin_;
  event.action = "push";
  if (!manifest.expected) event.tag = manifest.tags.front();
  event.digest = result.digest.to_string();
  event.media_type = result.media_type;
  event.size_bytes = manifest.bytes.size();
  queue(connection, event);
  event.action = "tag";
  for (const TagMove& move : result.moves) {
    event.tag = move.tag;
    event.previous_digest = move.previous_digest;
    queue(connection, event);
  }
}

void ChangeEvents::tag_moved(sql::Connection& connection, const TagMove& move,
                             const Digest& digest) {
  RegistryEvent event = origin_;
  event.action = "tag";
  event.tag = move.tag;
  event.digest = digest.to_string();
  event.previous_digest = move.previous_digest;
  queue(connection, event);
}

void ChangeEvents::deleted(sql::Connection& connection, const std::string& tag,
                           const std::string& digest) {
  RegistryEvent event = origin_;
  event.action = "delete";
  event.tag = tag;
  event.digest = digest;
  queue(connection, event);
}

void tell_pull(const Call& call, const http::Response& response, const Logger& logger) noexcept {
  Webhooks& webhooks = call.services.webhooks;
  if (call.route.endpoint != Endpoint::kManifest || call.request.method() != "GET" ||
      response.status != 200 || !webhooks.wants_pulls(call.route.repository)) {
    return;
  }
  try {
    RegistryEvent event = describe_origin(call.services, call.request, call.route.repository,
                                          call.identity.principal.name());
    event.action = "pull";
    if (call.route.reference.find(':') == std::string::npos) event.tag = call.route.reference;
    event.digest = response.headers.get("Docker-Content-Digest");
    event.media_type = response.headers.get("Content-Type");
    if (const auto* body = std::get_if<std::string>(&response.body)) {
      event.size_bytes = body->size();
    }
    webhooks.queue_alone(event);
    webhooks.wake();
  } catch (const std::exception& error) {
    logger.error(std::string("a pull was not told: ") + error.what());
  }
}

}  // namespace estiba::registry
