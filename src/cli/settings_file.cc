#include "cli/settings_file.h"

#include <toml++/toml.h>
#include <cstdlib>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

namespace estiba::cli {
namespace {

constexpr std::size_t kMaxFileBytes = 1u << 20;

class Reader {
 public:
  Reader(std::string file, client::Settings& settings)
      : file_(std::move(file)), settings_(settings) {}

  void read() {
    try {
      const toml::table document = toml::parse(read_file(file_, kMaxFileBytes), file_);
      for (const auto& [key, value] : document) {
        if (key.str() != "registry" || !value.is_table()) fail_unknown(key);
        for (const auto& [name, entry] : *value.as_table()) read_registry(name, entry);
      }
    } catch (const toml::parse_error& error) {
      fail(error.source(), std::string(error.description()));
    }
  }

 private:
  void read_registry(const toml::key& name, const toml::node& node) {
    if (!node.is_table()) fail(name.source(), "expected a table");
    client::RegistrySettings& registry = settings_.registries[std::string(name.str())];
    for (const auto& [key, value] : *node.as_table()) {
      if (key.str() == "plain-http") {
        registry.allow_plain_http = boolean(key, value);
      } else if (key.str() == "verify-tls") {
        registry.verify_tls = boolean(key, value);
      } else if (key.str() == "mirrors") {
        read_mirrors(key, value, registry);
      } else {
        fail_unknown(key);
      }
    }
  }

  void read_mirrors(const toml::key& key, const toml::node& value,
                    client::RegistrySettings& registry) {
    const toml::array* list = value.as_array();
    if (list == nullptr) fail(key.source(), "mirrors must be a list of texts");
    for (const toml::node& item : *list) {
      const auto text = item.value<std::string>();
      if (!text) fail(item.source(), "mirrors must be a list of texts");
      registry.mirrors.push_back(*text);
    }
  }

  bool boolean(const toml::key& key, const toml::node& value) {
    const auto found = value.value<bool>();
    if (!found) fail(key.source(), std::string(key.str()) + " must be true or false");
    return *found;
  }

  [[noreturn]] void fail_unknown(const toml::key& key) {
    fail(key.source(), "unknown key \"" + std::string(key.str()) + "\"");
  }

  [[noreturn]] void fail(const toml::source_region& source, const std::string& message) {
    throw Error(ErrorCode::kInvalidArgument,
                file_ + ":" + std::to_string(source.begin.line) + ": " + message);
  }

  std::string file_;
  client::Settings& settings_;
};

std::string user_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && *config != '\0') return std::string(config) + "/estiba/config.toml";
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string() : std::string(home) + "/.config/estiba/config.toml";
}

}  // namespace

client::Settings read_settings(const std::string& file) {
  client::Settings settings;
  if (!file.empty()) {
    Reader(file, settings).read();
    return settings;
  }
  for (const std::string& path : {std::string("/etc/estiba/config.toml"), user_file()}) {
    if (!path.empty() && path_exists(path)) Reader(path, settings).read();
  }
  return settings;
}

}  // namespace estiba::cli
