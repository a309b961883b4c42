#include "cli/bake_files.h"

#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "build/bake/interpolate.h"
#include "build/bake/limits.h"

namespace estiba::cli {
namespace {

using build::bake::kMaxDefinitionBytes;
using build::bake::Text;

constexpr const char* kDefaultNames[] = {
    "compose.yaml",     "compose.yml",     "docker-compose.yml",        "docker-compose.yaml",
    "docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl"};

Text read_named(const std::string& name) {
  if (name == "-") return {"standard input", read_fd(STDIN_FILENO, name, kMaxDefinitionBytes)};
  if (name.starts_with("https://") || name.starts_with("http://") || name.starts_with("git@")) {
    throw Error(ErrorCode::kUnsupported, "-f takes a file, not a URL",
                "fetch it first, or pipe it: curl URL | estiba bake -f -");
  }
  return {name, read_file(name, kMaxDefinitionBytes)};
}

}  // namespace

std::vector<Text> read_bake_files(const std::vector<std::string>& names) {
  std::vector<Text> files;
  for (const std::string& name : names) files.push_back(read_named(name));
  if (!names.empty()) return files;
  for (const char* name : kDefaultNames) {
    if (path_exists(name)) files.push_back(read_named(name));
  }
  if (files.empty()) {
    throw Error(ErrorCode::kNotFound, "couldn't find a bake definition",
                "write docker-bake.hcl or compose.yaml here, or name a file with -f");
  }
  return files;
}

build::bake::Environment bake_environment() {
  std::map<std::string, std::string> more;
  if (path_exists(".env")) {
    more = build::bake::parse_env_file({".env", read_file(".env", kMaxDefinitionBytes)});
  }
  return [more](const std::string& name) -> std::optional<std::string> {
    if (const char* value = std::getenv(name.c_str())) return value;
    const auto found = more.find(name);
    return found == more.end() ? std::nullopt : std::optional(found->second);
  };
}

}  // namespace estiba::cli
