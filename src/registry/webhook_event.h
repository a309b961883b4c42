// What happened in the registry, as webhooks tell it.
#pragma once

#include <cstdint>
#include <string>

namespace estiba::registry {

struct RegistryEvent {
  std::string action;  // "push", "pull", "delete", or "tag": a tag means another digest than before
  std::string repository;
  std::string tag;  // empty when it was done by digest
  std::string digest;
  std::string previous_digest;  // of "tag"; empty when the tag is new
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::string actor;  // an account, or empty
  std::string request_id;
  std::string peer_address;
  std::string host;
  std::string method;
  std::string user_agent;
  std::string base_url;  // "https://registry.example.com"
};

// One envelope in the form of docker's registry notifications, so that their receivers understand
// it. `id` names the event for those who get it twice.
[[nodiscard]] std::string serialize_event(const RegistryEvent& event, const std::string& id);
// "sha256=<hex>": HMAC-SHA-256 of the body with the webhook's secret.
[[nodiscard]] std::string sign_webhook(const std::string& secret, const std::string& body);

}  // namespace estiba::registry
