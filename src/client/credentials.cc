#include "client/credentials.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/fd.h"
#include "client/base64.h"
#include "client/credential_helper.h"
#include "client/limits.h"
#include "fs/lock.h"
#include "oci/json_document.h"

namespace estiba::client {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kDockerHub = "docker.io";
// Docker keeps its own registry under the address of an interface that is gone.
constexpr std::string_view kDockerHubKey = "https://index.docker.io/v1/";

std::string key_of(const std::string& registry) {
  return registry == kDockerHub ? std::string(kDockerHubKey) : registry;
}

// "https://host:port/v1/" to the registry it means, as old files have it.
std::string registry_of(std::string_view key) {
  for (std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  key = key.substr(0, key.find('/'));
  if (key == "index.docker.io" || key == "registry-1.docker.io") key = kDockerHub;
  return std::string(key);
}

Json read_config(const std::string& path) {
  std::string text;
  try {
    text = read_file(path, kMaxDockerConfigBytes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    text = "{}";
  }
  Json config = parse_json(text.empty() ? "{}" : text, kMaxDockerConfigBytes, path);
  if (!config.is_object()) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is not a JSON object", path),
                "it should be docker's configuration file; move it away to begin anew");
  }
  Json& entries = config["auths"];
  if (entries.is_null()) entries = Json::object();
  if (!entries.is_object()) JsonField(config, path)["auths"].fail("must be an object");
  return config;
}

// Through a symbolic link to the file it means, which is replaced instead of the link.
void write_config(const std::string& path, const Json& config) {
  std::error_code ignored;
  const std::filesystem::path target = std::filesystem::canonical(path, ignored);
  write_file_atomically(target.empty() ? path : target.string(),
                        config.dump(1, '\t', false, Json::error_handler_t::replace), 0600);
}

fs::FileLock lock_config(const std::string& path, std::stop_token stop) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  if (!directory.empty()) make_directories(directory, 0700);
  return fs::FileLock::exclusive(path + ".lock", stop);
}

// The helper that keeps this registry's credential, if the file names one.
std::optional<CredentialHelper> helper_for(const JsonField& config, const std::string& registry) {
  for (const auto& [key, name] : config["credHelpers"].string_map()) {
    if (registry_of(key) == registry && !name.empty()) return CredentialHelper(name);
  }
  const std::string name = config["credsStore"].string();
  if (name.empty()) return std::nullopt;
  return CredentialHelper(name);
}

std::optional<Credential> read_entry(const JsonField& entry) {
  Credential credential{.username = entry["username"].string(),
                        .password = entry["password"].string(),
                        .identity_token = entry["identitytoken"].string()};
  const std::string encoded = entry["auth"].string();
  if (!encoded.empty()) {
    std::optional<std::string> decoded = base64_decode(encoded);
    const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos) entry["auth"].fail("is not base64 of user:password");
    credential.username = decoded->substr(0, colon);
    credential.password = decoded->substr(colon + 1);
    // Old versions of docker padded with NULs.
    while (credential.password.ends_with('\0')) credential.password.pop_back();
  }
  if (credential.password.empty() && credential.identity_token.empty()) return std::nullopt;
  return credential;
}

// The exact key wins over other spellings of the same registry.
std::optional<Credential> find_in_file(const JsonField& config, const std::string& registry) {
  const std::map<std::string, JsonField> entries = config["auths"].members();
  if (const auto exact = entries.find(key_of(registry)); exact != entries.end()) {
    if (std::optional<Credential> credential = read_entry(exact->second)) return credential;
  }
  for (const auto& [key, entry] : entries) {
    if (registry_of(key) != registry) continue;
    if (std::optional<Credential> credential = read_entry(entry)) return credential;
  }
  return std::nullopt;
}

// Removes every spelling; true when there was one.
bool erase_from_file(Json& config, const std::string& registry) {
  Json& entries = config["auths"];
  bool erased = false;
  for (auto entry = entries.begin(); entry != entries.end();) {
    const bool matches = registry_of(entry.key()) == registry;
    erased = erased || matches;
    entry = matches ? entries.erase(entry) : std::next(entry);
  }
  return erased;
}

Json entry_json(const Credential& credential) {
  Json entry = Json::object();
  entry["auth"] = base64_encode(credential.username + ":" + credential.password);
  if (!credential.identity_token.empty()) entry["identitytoken"] = credential.identity_token;
  return entry;
}

std::string home_directory() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  const passwd* user = getpwuid(getuid());
  if (user == nullptr) {
    throw Error(ErrorCode::kNotFound, "no home directory is known for this user",
                "set HOME or DOCKER_CONFIG");
  }
  return user->pw_dir;
}

}  // namespace

std::string CredentialStore::default_path() {
  const char* directory = std::getenv("DOCKER_CONFIG");
  if (directory != nullptr && *directory != '\0') return std::string(directory) + "/config.json";
  return home_directory() + "/.docker/config.json";
}

std::optional<Credential> CredentialStore::find(const std::string& registry,
                                                std::stop_token stop) const {
  const Json json = read_config(config_path_);
  const JsonField config(json, config_path_);
  if (const std::optional<CredentialHelper> helper = helper_for(config, registry)) {
    if (std::optional<Credential> credential = helper->get(key_of(registry), stop)) {
      return credential;
    }
  }
  return find_in_file(config, registry);
}

void CredentialStore::store(const std::string& registry, const Credential& credential,
                            std::stop_token stop) {
  fs::FileLock lock = lock_config(config_path_, stop);
  Json json = read_config(config_path_);
  const std::optional<CredentialHelper> helper =
      helper_for(JsonField(json, config_path_), registry);
  erase_from_file(json, registry);
  if (helper) {
    helper->store(key_of(registry), credential, stop);
    // Docker lists what its helpers keep by an empty entry.
    json["auths"][key_of(registry)] = Json::object();
  } else {
    json["auths"][key_of(registry)] = entry_json(credential);
  }
  write_config(config_path_, json);
  lock.remove();
}

bool CredentialStore::erase(const std::string& registry, std::stop_token stop) {
  if (!path_exists(config_path_)) return false;
  fs::FileLock lock = lock_config(config_path_, stop);
  Json json = read_config(config_path_);
  const JsonField config(json, config_path_);
  bool existed = false;
  if (const std::optional<CredentialHelper> helper = helper_for(config, registry)) {
    existed = helper->get(key_of(registry), stop).has_value();
    if (existed) helper->erase(key_of(registry), stop);
  }
  if (erase_from_file(json, registry)) {
    existed = true;
    write_config(config_path_, json);
  }
  lock.remove();
  return existed;
}

bool CredentialStore::keeps_plain_text(const std::string& registry) const {
  const Json json = read_config(config_path_);
  return !helper_for(JsonField(json, config_path_), registry).has_value();
}

}  // namespace estiba::client
