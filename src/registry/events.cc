#include "registry/events.h"

#include "base/error.h"

namespace estiba::registry {

EventWatch::EventWatch(Call& call) : call_(call) {
  const Route& route = call.route;
  if (route.endpoint != Endpoint::kManifest) return;
  if (route.reference.find(':') == std::string::npos) tag_ = route.reference;
  if (tag_.empty() || call.request.method() != "PUT" ||
      !call.services.webhooks.wants("tag", route.repository)) {
    return;
  }
  const auto id = call.services.repositories.view(route.repository, {}).id;
  if (!id) return;
  if (const auto digest = call.services.tags.find(*id, tag_)) previous_ = digest->to_string();
}

RegistryEvent EventWatch::describe(const http::Response& response) const {
  const http::Request& request = call_.request;
  RegistryEvent event;
  event.repository = call_.route.repository;
  event.tag = tag_;
  event.digest = response.headers.get("Docker-Content-Digest");
  if (event.digest.empty() && tag_.empty()) event.digest = call_.route.reference;
  const bool is_read = request.method() == "GET";
  event.media_type =
      is_read ? response.headers.get("Content-Type") : request.headers().get("Content-Type");
  if (const auto* body = std::get_if<std::string>(&response.body); is_read && body != nullptr) {
    event.size_bytes = body->size();
  } else {
    event.size_bytes = request.content_length().value_or(0);
  }
  event.actor = call_.identity.principal.name();
  event.request_id = request.request_id();
  event.peer_address = request.peer_address();
  event.host = request.headers().get("Host");
  event.method = request.method();
  event.user_agent = request.headers().get("User-Agent");
  event.base_url = call_.services.authentication.base_url(request);
  return event;
}

void EventWatch::tell(const http::Response& response) {
  const std::string& method = call_.request.method();
  const std::string& repository = call_.route.repository;
  const auto notify = [&](const std::string& action) {
    if (!call_.services.webhooks.wants(action, repository)) return;
    RegistryEvent event = describe(response);
    event.action = action;
    if (action == "tag") event.previous_digest = previous_;
    call_.services.webhooks.notify(event);
  };
  if (method == "GET" && response.status == 200) notify("pull");
  if (method == "DELETE" && response.status == 202) notify("delete");
  if (method == "PUT" && response.status == 201) {
    notify("push");
    const bool moved = previous_ != response.headers.get("Docker-Content-Digest");
    if (!tag_.empty() && moved) notify("tag");
  }
}

void EventWatch::answered(const http::Response& response, const Logger& logger) noexcept {
  if (call_.route.endpoint != Endpoint::kManifest) return;
  try {
    tell(response);
  } catch (const std::exception& error) {
    logger.error(std::string("an event was not queued: ") + error.what());
  }
}

}  // namespace estiba::registry
