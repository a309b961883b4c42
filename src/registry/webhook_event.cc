#include "registry/webhook_event.h"

#include <nlohmann/json.hpp>

#include "base/hmac.h"
#include "base/time.h"

namespace estiba::registry {

std::string serialize_event(const RegistryEvent& event, const std::string& id) {
  using Json = nlohmann::ordered_json;
  Json target = {
      {"mediaType", event.media_type},
      {"size", event.size_bytes},
      {"length", event.size_bytes},
      {"digest", event.digest},
      {"repository", event.repository},
      {"url", event.base_url + "/v2/" + event.repository + "/manifests/" + event.digest}};
  if (!event.tag.empty()) target["tag"] = event.tag;
  if (!event.previous_digest.empty()) target["previousDigest"] = event.previous_digest;
  const Json one = {{"id", id},
                    {"timestamp", format_rfc3339(now())},
                    {"action", event.action},
                    {"target", std::move(target)},
                    {"request",
                     {{"id", event.request_id},
                      {"addr", event.peer_address},
                      {"host", event.host},
                      {"method", event.method},
                      {"useragent", event.user_agent}}},
                    {"actor", {{"name", event.actor}}},
                    {"source", {{"addr", event.base_url}}}};
  const Json envelope = {{"events", Json::array({one})}};
  return envelope.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string sign_webhook(const std::string& secret, const std::string& body) {
  return "sha256=" + hmac_sha256_hex(secret, body);
}

}  // namespace estiba::registry
