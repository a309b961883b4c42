// docker-credential-NAME programs: keepers of passwords outside of our file
// (github.com/docker/docker-credential-helpers).
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "client/credentials.h"

namespace estiba::client {

class CredentialHelper {
 public:
  // Throws kInvalidArgument for a name that could name anything but a program on PATH.
  explicit CredentialHelper(const std::string& name);

  // Nothing when the helper knows none. Failures are kUnavailable with what the helper said.
  [[nodiscard]] std::optional<Credential> get(const std::string& server,
                                              std::stop_token stop) const;
  void store(const std::string& server, const Credential& credential, std::stop_token stop) const;
  void erase(const std::string& server, std::stop_token stop) const;

 private:
  struct Answer {
    bool success = false;
    std::string text;
  };
  [[nodiscard]] Answer run(const char* action, const std::string& input,
                           std::stop_token stop) const;
  [[noreturn]] void fail(const char* action, const std::string& text) const;

  std::string program_;
};

}  // namespace estiba::client
