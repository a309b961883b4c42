#include "registry/settings.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "http/address_filter.h"
#include "http/listener.h"
#include "http/url.h"
#include "oci/reference.h"
#include "registry/name_pattern.h"

namespace estiba::registry {
namespace {

[[noreturn]] void refuse_setting(const std::string& message, const std::string& hint = {}) {
  throw Error(ErrorCode::kInvalidArgument, message, hint);
}

void check_listeners(const ServeOptions& options) {
  if (options.listen.empty()) refuse_setting("there is no address to listen on");
  for (const std::string& address : options.listen) {
    if (options.tls || options.allow_plain_http || http::is_local_address(address)) continue;
    refuse_setting("plain HTTP on " + address + " would show passwords to the network",
                   "give it a certificate ([tls] certificate and key), or say --plain-http "
                   "(plain-http = true) when a proxy in front of it speaks TLS");
  }
  if (!options.metrics_listen.empty()) (void)http::is_local_address(options.metrics_listen);
  const std::string& url = options.public_url;
  if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://")) {
    refuse_setting("the public URL \"" + url + "\" must begin with https:// or http://");
  }
}

void check_webhooks(const std::vector<WebhookSettings>& webhooks) {
  std::set<std::string> names;
  for (const WebhookSettings& webhook : webhooks) {
    if (webhook.name.empty() || !names.insert(webhook.name).second) {
      refuse_setting("webhooks need names, and different ones: \"" + webhook.name + "\"");
    }
    (void)http::Url::parse(webhook.url);
    for (const std::string& event : webhook.events) {
      if (std::find(kWebhookEvents.begin(), kWebhookEvents.end(), event) == kWebhookEvents.end()) {
        refuse_setting(
            "the webhook \"" + webhook.name + "\" asks for the unknown event \"" + event + "\"",
            "events are push, pull, delete and tag");
      }
    }
  }
}

void check_proxies(const std::vector<ProxySettings>& proxies) {
  std::set<std::string> prefixes;
  for (const ProxySettings& proxy : proxies) {
    if (!is_valid_repository_path(proxy.prefix) || !prefixes.insert(proxy.prefix).second) {
      refuse_setting("a proxy needs a prefix of its own that could be a repository: \"" +
                     proxy.prefix + "\"");
    }
    if (proxy.upstreams.empty()) {
      refuse_setting("the proxy \"" + proxy.prefix + "\" has no upstream");
    }
  }
}

void check_syncs(const std::vector<SyncSettings>& syncs) {
  std::set<std::string> names;
  for (const SyncSettings& sync : syncs) {
    if (sync.name.empty() || !names.insert(sync.name).second) {
      refuse_setting("syncs need names, and different ones: \"" + sync.name + "\"");
    }
    if (!is_valid_repository_path(sync.repository)) {
      refuse_setting("the sync \"" + sync.name + "\" goes to \"" + sync.repository +
                     "\", which is no repository name");
    }
    (void)Repository::parse(split_upstream_url(sync.source).second);
    for (const std::string& pattern : sync.tags) check_pattern(pattern);
  }
}

}  // namespace

std::pair<std::string, std::string> split_upstream_url(const std::string& url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) return {std::string(scheme), url.substr(scheme.size())};
  }
  return {"", url};
}

std::string_view sign_up_name(SignUp mode) {
  switch (mode) {
    case SignUp::kClosed:
      return "closed";
    case SignUp::kInvitation:
      return "invitation";
    case SignUp::kOpen:
      break;
  }
  return "open";
}

void check_settings(const ServeOptions& options) {
  check_listeners(options);
  check_webhooks(options.webhooks);
  check_proxies(options.proxies);
  check_syncs(options.syncs);
  if (!options.providers.empty() && options.public_url.empty()) {
    refuse_setting("to sign in elsewhere people must be sent back: public-url is missing");
  }
  (void)http::AddressFilter(options.allowed_networks);
}

}  // namespace estiba::registry
