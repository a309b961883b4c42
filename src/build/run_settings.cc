#include "build/run_settings.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "dockerfile/csv.h"

namespace estiba::build {
namespace {

[[noreturn]] void refuse_secret(std::string_view text, std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid --secret \"{}\": {}", text, why),
              "write id=NAME,src=FILE or id=NAME,env=VARIABLE");
}

struct SecretWords {
  std::string id;
  std::string type;
  std::string file;
  std::string variable;
};

SecretWords read_secret_words(std::string_view text) {
  SecretWords words;
  for (const std::string& part : dockerfile::split_csv(text)) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) {
      refuse_secret(text, fmt::format("\"{}\" has no value", part));
    }
    const std::string key = to_lower(part.substr(0, equals));
    const std::string value = part.substr(equals + 1);
    if (key == "id") {
      words.id = value;
    } else if (key == "type") {
      words.type = value;
    } else if (key == "src" || key == "source") {
      words.file = value;
    } else if (key == "env") {
      words.variable = value;
    } else {
      refuse_secret(text, fmt::format("unexpected key \"{}\"", key));
    }
  }
  return words;
}

}  // namespace

void add_secret(std::string_view text, RunSettings& settings) {
  SecretWords words = read_secret_words(text);
  if (words.id.empty()) refuse_secret(text, "an id is missing");
  if (!words.type.empty() && words.type != "file" && words.type != "env") {
    refuse_secret(text, fmt::format("unsupported type \"{}\"", words.type));
  }
  // With type=env the source names the variable; an ID alone is a variable's name, else a file's.
  if (words.type == "env" && words.variable.empty()) words.variable = std::move(words.file);
  if (words.type != "file" && words.variable.empty() && words.file.empty() &&
      (words.type == "env" || std::getenv(words.id.c_str()) != nullptr)) {
    words.variable = words.id;
  }
  if (!words.variable.empty()) {
    if (std::getenv(words.variable.c_str()) == nullptr) {
      refuse_secret(text, fmt::format("the variable {} is not set", words.variable));
    }
    settings.secrets[words.id] = {"", words.variable};
    return;
  }
  if (words.file.empty()) words.file = words.id;
  if (!path_exists(words.file)) {
    refuse_secret(text, fmt::format("{}: no such file or directory", words.file));
  }
  settings.secrets[words.id] = {words.file, ""};
}

void add_ssh(std::string_view text, RunSettings& settings) {
  const std::size_t equals = text.find('=');
  const std::string id(text.substr(0, equals));
  std::vector<std::string> paths;
  if (equals != std::string_view::npos) paths = split(text.substr(equals + 1), ',');
  if (paths.empty()) {
    const char* socket = std::getenv("SSH_AUTH_SOCK");
    if (socket == nullptr || *socket == '\0') {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("invalid empty ssh agent socket for --ssh {}: make sure "
                              "SSH_AUTH_SOCK is set",
                              text),
                  "start an agent, or name a key: --ssh default=$HOME/.ssh/id_ed25519");
    }
    paths.emplace_back(socket);
  }
  for (const std::string& path : paths) {
    if (path_exists(path)) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("invalid --ssh \"{}\": {}: no such file or directory", text, path));
  }
  settings.ssh[id.empty() ? "default" : id] = std::move(paths);
}

void add_entitlement(std::string_view text, RunSettings& settings) {
  if (text == "security.insecure") {
    settings.allow_insecure = true;
  } else if (text != "network.host") {  // which needs no leave here
    throw Error(ErrorCode::kInvalidArgument, fmt::format("unknown entitlement \"{}\"", text),
                "known are security.insecure and network.host");
  }
}

}  // namespace estiba::build
