#include "cli/build_cache_options.h"

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "base/text.h"
#include "build/cache/cache_storage.h"
#include "client/registry_client.h"
#include "dockerfile/csv.h"

namespace estiba::cli {
namespace {

// One --cache-from or --cache-to, read as docker reads it.
class CacheWords {
 public:
  CacheWords(std::string flag, std::string text) : flag_(std::move(flag)), text_(std::move(text)) {
    for (const std::string& part : dockerfile::split_csv(text_)) {
      const std::size_t equals = part.find('=');
      if (equals == std::string::npos) refuse(fmt::format("\"{}\" has no value", part));
      words_[to_lower(part.substr(0, equals))] = part.substr(equals + 1);
    }
  }

  [[nodiscard]] std::string take(const std::string& key) {
    const auto word = words_.find(key);
    if (word == words_.end()) return {};
    std::string value = std::move(word->second);
    words_.erase(word);
    return value;
  }

  [[nodiscard]] std::string need(const std::string& key) {
    std::string value = take(key);
    if (value.empty()) refuse(key + " is missing");
    return value;
  }

  // How OCI's and docker's forms are told apart elsewhere; there is one form here.
  void finish() {
    for (const char* known : {"oci-mediatypes", "image-manifest", "ignore-error"}) {
      words_.erase(known);
    }
    if (!words_.empty()) refuse(fmt::format("unexpected key \"{}\"", words_.begin()->first));
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(
        ErrorCode::kInvalidArgument, fmt::format("invalid {} \"{}\": {}", flag_, text_, why),
        "known are type=registry,ref=NAME, type=local,src=DIR or dest=DIR, and type=inline");
  }

 private:
  std::string flag_;
  std::string text_;
  std::map<std::string, std::string> words_;
};

std::shared_ptr<build::CacheStorage> registry_cache(Session& session, const std::string& name) {
  Reference reference = Reference::parse(name);
  auto client = std::make_unique<client::RegistryClient>(reference.repository().registry(),
                                                         session.settings(), session.credentials());
  return build::make_registry_cache(std::move(client), std::move(reference));
}

bool reads_all_steps(CacheWords& words) {
  const std::string mode = words.take("mode");
  if (mode.empty() || mode == "min") return false;
  if (mode != "max") words.refuse(fmt::format("mode \"{}\" is neither min nor max", mode));
  return true;
}

}  // namespace

void add_cache_sources(Session& session, const std::vector<std::string>& texts,
                       build::BuildOptions& build) {
  for (const std::string& text : texts) {
    if (text.find('=') == std::string::npos) {
      build.cache_from.push_back(registry_cache(session, text));
      continue;
    }
    CacheWords words("--cache-from", text);
    const std::string type = words.take("type");
    if (type == "registry") {
      build.cache_from.push_back(registry_cache(session, words.need("ref")));
    } else if (type == "local") {
      build.cache_from.push_back(build::make_directory_cache(words.need("src")));
    } else {
      words.refuse(fmt::format("unknown type \"{}\"", type));
    }
    words.finish();
  }
}

void add_cache_exports(Session& session, const std::vector<std::string>& texts,
                       CacheStorages& opened, build::BuildOptions& build) {
  for (const std::string& text : texts) {
    CacheWords words("--cache-to", text == "inline" ? "type=inline" : text);
    const std::string type = words.take("type");
    build::CacheExport wanted;
    wanted.all_steps = reads_all_steps(words);
    if (type == "registry") {
      const std::string name = words.need("ref");
      std::shared_ptr<build::CacheStorage>& storage = opened["registry " + name];
      if (!storage) storage = registry_cache(session, name);
      wanted.to = storage;
    } else if (type == "local") {
      const std::string directory = words.need("dest");
      std::shared_ptr<build::CacheStorage>& storage = opened["directory " + directory];
      if (!storage) storage = build::make_directory_cache(directory);
      wanted.to = storage;
    } else if (type != "inline") {
      words.refuse(fmt::format("unknown type \"{}\"", type));
    } else if (wanted.all_steps) {
      words.refuse("an image holds its own steps only: mode=max needs another type");
    }
    words.finish();
    build.cache_to.push_back(std::move(wanted));
  }
}

}  // namespace estiba::cli
