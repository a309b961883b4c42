#include "client/endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace estiba::client {
namespace {

std::string_view host_of(std::string_view host_and_port) {
  if (host_and_port.starts_with('[')) {
    const std::size_t end = host_and_port.find(']');
    return end == std::string_view::npos ? host_and_port : host_and_port.substr(1, end - 1);
  }
  return host_and_port.substr(0, host_and_port.find(':'));
}

// docker.io is a name in references; its registry answers elsewhere.
std::string network_host(const std::string& registry) {
  return registry == "docker.io" ? "registry-1.docker.io" : registry;
}

// Certificates as docker and podman keep them.
http::TlsOptions tls_options(const std::string& host, const Settings& settings, bool verify) {
  http::TlsOptions tls;
  tls.verify_peer = verify;
  const std::filesystem::path directory =
      std::filesystem::path(settings.certificates_directory) / host;
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    if (file.extension() == ".crt") tls.ca_files.push_back(file.string());
    if (file.extension() != ".cert") continue;
    std::filesystem::path key = file;
    key.replace_extension(".key");
    if (!std::filesystem::exists(key, error)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} has no key beside it", file.string()),
                  fmt::format("put the key at {}", key.string()));
    }
    tls.client_certificate_file = file.string();
    tls.client_key_file = key.string();
  }
  return tls;
}

const RegistrySettings& settings_of(const std::string& registry, const Settings& settings) {
  static const RegistrySettings defaults;
  const auto found = settings.registries.find(registry);
  return found == settings.registries.end() ? defaults : found->second;
}

Endpoint make_endpoint(const std::string& registry, const std::string& host,
                       const Settings& settings) {
  const RegistrySettings& own = settings_of(host, settings);
  const bool plain = own.allow_plain_http || is_loopback(host);
  Endpoint endpoint{.registry = registry,
                    .origins = {http::Url::parse("https://" + host).origin()},
                    .allow_plain_http = plain,
                    .tls = tls_options(host, settings, own.verify_tls),
                    .credential_registry = registry};
  if (plain) endpoint.origins.push_back(http::Url::parse("http://" + host).origin());
  return endpoint;
}

}  // namespace

bool is_loopback(std::string_view host_and_port) {
  const std::string host = to_lower(host_of(host_and_port));
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

Endpoint registry_endpoint(const std::string& registry, const Settings& settings) {
  Endpoint endpoint = make_endpoint(registry, network_host(registry), settings);
  // What is configured for docker.io is meant for the host behind it.
  if (!settings_of(registry, settings).verify_tls) endpoint.tls.verify_peer = false;
  return endpoint;
}

std::vector<Endpoint> mirror_endpoints(const std::string& registry, const Settings& settings) {
  std::vector<Endpoint> result;
  for (const std::string& mirror : settings_of(registry, settings).mirrors) {
    const std::size_t scheme_end = mirror.find("://");
    const bool has_scheme = scheme_end != std::string::npos;
    std::string host = has_scheme ? mirror.substr(scheme_end + 3) : mirror;
    while (host.ends_with('/')) host.pop_back();
    if (host.empty() || host.find_first_of("/?#@") != std::string::npos) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("\"{}\" cannot be a mirror of {}", mirror, registry),
                  "mirrors look like https://mirror.example:5000, without a path");
    }
    Endpoint endpoint = make_endpoint(registry, host, settings);
    endpoint.credential_registry = host;
    if (has_scheme) {
      const http::Url url = http::Url::parse(mirror);
      endpoint.origins = {url.origin()};
      endpoint.allow_plain_http = url.scheme == "http";
    }
    result.push_back(std::move(endpoint));
  }
  return result;
}

}  // namespace estiba::client
