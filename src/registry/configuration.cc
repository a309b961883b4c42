#include "registry/configuration.h"

#include <limits>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/toml_table.h"

namespace estiba::registry {
namespace {

constexpr std::int64_t kMaxRequests = 1'000'000'000;
constexpr std::size_t kMaxSecretBytes = 64 * 1024;

template <typename Value>
void take(Value& target, std::optional<Value> found) {
  if (found) target = std::move(*found);
}

std::string required(TomlTable& table, const std::string& key) {
  auto found = table.text(key);
  if (!found || found->empty()) table.fail("", key + " is missing");
  return *found;
}

std::chrono::seconds seconds(TomlTable& table, const std::string& key,
                             std::chrono::seconds fallback) {
  const auto found = table.duration(key);
  if (!found) return fallback;
  if (*found < std::chrono::seconds(1)) table.fail(key, "must be a second or more");
  return std::chrono::duration_cast<std::chrono::seconds>(*found);
}

// "secret" itself, or the content of the file that "secret-file" names.
std::string secret(TomlTable& table, const std::string& key) {
  const auto text = table.text(key);
  const auto file = table.text(key + "-file");
  if (text && file) table.fail(key, "and " + key + "-file exclude each other");
  if (!file) return text.value_or("");
  return std::string(trim(read_file(*file, kMaxSecretBytes)));
}

void read_tls(TomlTable& table, ServeOptions& options) {
  options.tls = {required(table, "certificate"), required(table, "key")};
}

void read_log(TomlTable& table, ServeOptions& options) {
  take(options.log_requests, table.boolean("requests"));
  const std::string format = table.text("format").value_or("text");
  if (format != "text" && format != "json") table.fail("format", "must be \"text\" or \"json\"");
  options.log_json = format == "json";
}

void read_rate_limit(TomlTable& table, RateLimitSettings& limit) {
  take(limit.per_address, table.integer("per-address", 0, kMaxRequests));
  take(limit.per_account, table.integer("per-account", 0, kMaxRequests));
  limit.window = seconds(table, "window", limit.window);
}

void read_quota(TomlTable& table, QuotaSettings& quota) {
  if (const auto size = table.size("repository")) quota.repository_bytes = size;
  if (const auto size = table.size("owner")) quota.owner_bytes = size;
  const auto exceptions = [&](const std::string& key, std::map<std::string, std::uint64_t>& into) {
    table.named(key, [&](const std::string& name, TomlTable& one) {
      const auto size = one.size("size");
      if (!size) one.fail("", "size is missing");
      into[name] = *size;
    });
  };
  exceptions("repositories", quota.repositories);
  exceptions("owners", quota.owners);
}

void read_webhook(TomlTable& table, ServeOptions& options) {
  WebhookSettings webhook;
  webhook.name = required(table, "name");
  webhook.url = required(table, "url");
  webhook.secret = secret(table, "secret");
  take(webhook.events, table.texts("events"));
  take(webhook.repositories, table.texts("repositories"));
  options.webhooks.push_back(std::move(webhook));
}

UpstreamLogin read_login(TomlTable& table) {
  UpstreamLogin login;
  take(login.username, table.text("username"));
  login.password = secret(table, "password");
  return login;
}

void read_sync(TomlTable& table, ServeOptions& options) {
  SyncSettings sync;
  sync.name = required(table, "name");
  sync.source = required(table, "source");
  sync.repository = required(table, "repository");
  take(sync.tags, table.texts("tags"));
  sync.login = read_login(table);
  take(sync.owner, table.text("owner"));
  take(sync.is_public, table.boolean("public"));
  take(sync.delete_missing, table.boolean("delete"));
  sync.interval = seconds(table, "interval", sync.interval);
  options.syncs.push_back(std::move(sync));
}

void read_proxy(TomlTable& table, ServeOptions& options) {
  ProxySettings proxy;
  proxy.prefix = required(table, "prefix");
  take(proxy.upstreams, table.texts("upstream"));
  proxy.login = read_login(table);
  take(proxy.is_public, table.boolean("public"));
  proxy.check_interval = seconds(table, "check-interval", proxy.check_interval);
  options.proxies.push_back(std::move(proxy));
}

void read_collection(TomlTable& table, CollectionOptions& collection) {
  collection.delay = seconds(table, "delay", collection.delay);
  collection.undelete_window = seconds(table, "undelete-window", collection.undelete_window);
  collection.interval = seconds(table, "interval", collection.interval);
}

void read_scrub(TomlTable& table, ScrubOptions& scrub) {
  take(scrub.bytes_per_second, table.size("rate"));
  scrub.interval = seconds(table, "interval", scrub.interval);
}

SignUp read_sign_up(TomlTable& table, SignUp fallback) {
  const auto text = table.text("sign-up");
  if (!text) return fallback;
  for (const SignUp mode : {SignUp::kClosed, SignUp::kInvitation, SignUp::kOpen}) {
    if (*text == sign_up_name(mode)) return mode;
  }
  table.fail("sign-up", "must be \"closed\", \"invitation\" or \"open\"");
}

void read_provider(TomlTable& table, ServeOptions& options) {
  ProviderSettings provider;
  provider.name = required(table, "name");
  take(provider.title, table.text("title"));
  const std::string type = table.text("type").value_or("openid");
  if (type != "openid" && type != "github") table.fail("type", "must be \"openid\" or \"github\"");
  if (type == "github") {
    provider.kind = ProviderKind::kGitHub;
    take(provider.url, table.text("url"));
    take(provider.api_url, table.text("api-url"));
    take(provider.organisations, table.texts("organisations"));
  } else {
    provider.url = required(table, "issuer");
  }
  provider.client_id = required(table, "client-id");
  provider.client_secret = secret(table, "client-secret");
  take(provider.scopes, table.texts("scopes"));
  provider.sign_up = read_sign_up(table, provider.sign_up);
  take(provider.email_domains, table.texts("email-domains"));
  take(provider.trust_second_factor, table.boolean("trust-second-factor"));
  provider.timeout = seconds(table, "timeout", provider.timeout);
  options.providers.push_back(std::move(provider));
}

void read_all_keys(TomlTable& file, ServeOptions& options) {
  take(options.listen, file.texts("listen"));
  take(options.data_directory, file.text("data"));
  take(options.database, file.text("database"));
  take(options.public_url, file.text("public-url"));
  options.sign_up = read_sign_up(file, options.sign_up);
  take(options.allow_plain_http, file.boolean("plain-http"));
  take(options.drain_delay, file.duration("drain-delay"));
  take(options.drain_timeout, file.duration("drain-timeout"));
  take(options.allowed_networks, file.texts("allowed-networks"));
  file.table("tls", [&](TomlTable& table) { read_tls(table, options); });
  file.table("log", [&](TomlTable& table) { read_log(table, options); });
  file.table("metrics",
             [&](TomlTable& table) { options.metrics_listen = required(table, "listen"); });
  file.table("rate-limit", [&](TomlTable& table) { read_rate_limit(table, options.rate_limit); });
  file.table("quota", [&](TomlTable& table) { read_quota(table, options.quota); });
  file.table("collection", [&](TomlTable& table) { read_collection(table, options.collection); });
  file.table("scrub", [&](TomlTable& table) { read_scrub(table, options.scrub); });
  file.each("webhook", [&](TomlTable& table) { read_webhook(table, options); });
  file.each("sync", [&](TomlTable& table) { read_sync(table, options); });
  file.each("proxy", [&](TomlTable& table) { read_proxy(table, options); });
  file.each("sign-in", [&](TomlTable& table) { read_provider(table, options); });
  complete_providers(options.providers);
}

}  // namespace

void read_configuration(const std::string& file, ServeOptions& options) {
  TomlTable::read_file(file, [&](TomlTable& table) { read_all_keys(table, options); });
}

}  // namespace estiba::registry
