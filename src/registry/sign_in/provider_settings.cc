#include "registry/sign_in/provider_settings.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "http/url.h"

namespace estiba::registry {
namespace {

constexpr const char* kGitHubUrl = "https://github.com";
constexpr const char* kGitHubApi = "https://api.github.com";

[[noreturn]] void refuse_provider(const ProviderSettings& provider, const std::string& message,
                                  const std::string& hint = {}) {
  throw Error(ErrorCode::kInvalidArgument, "sign-in \"" + provider.name + "\": " + message, hint);
}

bool is_provider_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Tokens and secrets travel there: without TLS only on this machine.
void check_provider_url(const ProviderSettings& provider, const std::string& text) {
  const http::Url url = http::Url::parse(text);
  const bool local = url.host == "localhost" || url.host == "127.0.0.1" || url.host == "[::1]";
  if (url.scheme == "http" && !local) {
    refuse_provider(provider, text + " must begin with https://");
  }
  if (!url.query.empty()) refuse_provider(provider, text + " must not have a query");
}

void complete_github(ProviderSettings& provider) {
  if (provider.url.empty()) provider.url = kGitHubUrl;
  while (provider.url.ends_with('/')) provider.url.pop_back();
  if (provider.api_url.empty()) {
    provider.api_url = provider.url == kGitHubUrl ? kGitHubApi : provider.url + "/api/v3";
  }
  check_provider_url(provider, provider.api_url);
  if (provider.client_secret.empty()) refuse_provider(provider, "client-secret is missing");
  if (!provider.scopes.empty()) return;
  provider.scopes = {"read:user", "user:email"};
  if (!provider.organisations.empty()) provider.scopes.emplace_back("read:org");
}

void complete_openid(ProviderSettings& provider) {
  if (provider.scopes.empty()) provider.scopes = {"openid", "profile", "email"};
  if (std::find(provider.scopes.begin(), provider.scopes.end(), "openid") ==
      provider.scopes.end()) {
    refuse_provider(provider, "scopes must have \"openid\" among them");
  }
}

}  // namespace

void complete_providers(std::vector<ProviderSettings>& providers) {
  std::set<std::string> names;
  for (ProviderSettings& provider : providers) {
    if (!is_provider_name(provider.name) || !names.insert(provider.name).second) {
      refuse_provider(provider, "a name of its own is needed, of a-z, 0-9 and '-'");
    }
    if (provider.title.empty()) provider.title = provider.name;
    if (provider.client_id.empty()) refuse_provider(provider, "client-id is missing");
    if (provider.kind == ProviderKind::kGitHub) {
      complete_github(provider);
    } else {
      complete_openid(provider);
    }
    check_provider_url(provider, provider.url);
    for (std::string& domain : provider.email_domains) domain = to_lower(domain);
  }
}

}  // namespace estiba::registry
