#include "client/credential_helper.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"
#include "client/limits.h"
#include "oci/json_document.h"

namespace estiba::client {
namespace {

// Helpers that keep an identity token give this instead of a user.
constexpr std::string_view kTokenUser = "<token>";

bool is_not_found(std::string_view text) {
  return text.find("credentials not found in native keychain") != std::string_view::npos;
}

// A memory file that the helper reads as its standard input; no pipe that could fill up.
UniqueFd input_file(const std::string& text) {
  UniqueFd file(memfd_create("credential-helper-input", MFD_CLOEXEC));
  if (!file) throw_errno("make a memory file for a credential helper");
  write_all(file.get(), text, "the input of a credential helper");
  if (lseek(file.get(), 0, SEEK_SET) < 0) throw_errno("rewind the input of a credential helper");
  return file;
}

}  // namespace

CredentialHelper::CredentialHelper(const std::string& name)
    : program_("docker-credential-" + name) {
  if (name.empty() || name.find('/') != std::string::npos || name.find('\0') != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is not the name of a credential helper", name));
  }
}

CredentialHelper::Answer CredentialHelper::run(const char* action, const std::string& input,
                                               std::stop_token stop) const {
  const UniqueFd input_fd = input_file(input);
  ProcessOptions options;
  options.argv = {program_, action};
  options.stdin_fd = input_fd.get();
  const CapturedOutput output = run_captured(std::move(options), stop, kMaxHelperOutputBytes);
  if (stop.stop_requested()) {
    throw Error(ErrorCode::kCancelled, fmt::format("stopped while running {}", program_));
  }
  return {.success = output.status.success(),
          .text = std::string(trim(output.standard_output.empty() ? output.standard_error
                                                                  : output.standard_output))};
}

void CredentialHelper::fail(const char* action, const std::string& text) const {
  throw Error(ErrorCode::kUnavailable,
              fmt::format("{} {} failed: {}", program_, action,
                          text.empty() ? "it gave no reason" : text.substr(0, kMaxErrorTextBytes)));
}

std::optional<Credential> CredentialHelper::get(const std::string& server,
                                                std::stop_token stop) const {
  const Answer answer = run("get", server, stop);
  if (!answer.success) {
    if (is_not_found(answer.text)) return std::nullopt;
    fail("get", answer.text);
  }
  const std::string what = "the answer of " + program_;
  const nlohmann::json json = parse_json(answer.text, kMaxHelperOutputBytes, what);
  const JsonField document(json, what);
  Credential credential{.username = document["Username"].string()};
  const std::string secret = document["Secret"].string();
  if (credential.username.empty() && secret.empty()) return std::nullopt;
  if (credential.username == kTokenUser) {
    credential.username.clear();
    credential.identity_token = secret;
  } else {
    credential.password = secret;
  }
  return credential;
}

void CredentialHelper::store(const std::string& server, const Credential& credential,
                             std::stop_token stop) const {
  const bool is_token = !credential.identity_token.empty();
  nlohmann::ordered_json json;
  json["ServerURL"] = server;
  json["Username"] = is_token ? std::string(kTokenUser) : credential.username;
  json["Secret"] = is_token ? credential.identity_token : credential.password;
  const Answer answer = run("store", dump_json(json), stop);
  if (!answer.success) fail("store", answer.text);
}

void CredentialHelper::erase(const std::string& server, std::stop_token stop) const {
  const Answer answer = run("erase", server, stop);
  if (!answer.success && !is_not_found(answer.text)) fail("erase", answer.text);
}

}  // namespace estiba::client
