// Who we are at which registry, kept where docker keeps it (config.json), so that an existing
// `docker login` is valid for us and ours for docker.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace estiba::client {

struct Credential {
  std::string username{};
  std::string password{};
  std::string identity_token{};  // an OAuth2 refresh token, instead of a password
  friend bool operator==(const Credential&, const Credential&) = default;
};

// Thread-safe. Every call reads the file anew; changes keep what is not ours to know, are atomic
// and leave the file readable by its owner only.
class CredentialStore {
 public:
  // The path of a config.json, which need not exist.
  explicit CredentialStore(std::string config_path) : config_path_(std::move(config_path)) {}
  // $DOCKER_CONFIG/config.json or ~/.docker/config.json.
  static std::string default_path();

  // By registry as references name it ("docker.io", "localhost:5000"). Asks the credential helper
  // (docker-credential-NAME) where the file says so. Nothing when there is none; kInvalidArgument
  // for a file that is not docker's, kUnavailable for a helper that fails.
  [[nodiscard]] std::optional<Credential> find(const std::string& registry,
                                               std::stop_token stop = {}) const;
  void store(const std::string& registry, const Credential& credential, std::stop_token stop = {});
  // False when there was none.
  bool erase(const std::string& registry, std::stop_token stop = {});
  // Whether store() would write the password into the file itself, which a person may want to know.
  [[nodiscard]] bool keeps_plain_text(const std::string& registry) const;
  [[nodiscard]] const std::string& config_path() const { return config_path_; }

 private:
  std::string config_path_;
};

}  // namespace estiba::client
