#include "cli/bake_target.h"

#include <fmt/format.h>

#include "base/error.h"
#include "build/git_source.h"
#include "cli/output.h"

namespace estiba::cli {
namespace {

using build::bake::Target;

void refuse_other_calls(const Target& target) {
  const std::string* call = target.text("call");
  if (call == nullptr || call->empty() || *call == "build") return;
  throw Error(ErrorCode::kUnsupported, fmt::format("call = \"{}\" is not supported here", *call),
              "estiba build --check checks a Dockerfile");
}

bool is_remote(const std::string& context) {
  return context.find("://") != std::string::npos || build::parse_git_source(context).has_value();
}

// A target's Dockerfile is beside its files, where `build` wants it beside the caller.
std::string dockerfile_of(const std::string& context, const std::string& name) {
  if (name.starts_with('/') || context == "-" || is_remote(context)) return name;
  return context == "." ? name : context + "/" + name;
}

std::string without_prefix(const std::string& context) {
  constexpr std::string_view kWorking = "cwd://";
  if (!context.starts_with(kWorking)) return context;
  const std::string rest = context.substr(kWorking.size());
  return rest.empty() ? "." : rest;
}

}  // namespace

BuildFlags build_flags_of(const Target& target) {
  refuse_other_calls(target);
  BuildFlags flags;
  const auto text = [&](const char* key) {
    const std::string* value = target.text(key);
    return value == nullptr ? std::string() : *value;
  };
  flags.context = without_prefix(text("context"));
  if (const std::string* inlined = target.text("dockerfile-inline")) {
    flags.dockerfile_text = *inlined;
  } else {
    flags.file = dockerfile_of(flags.context, text("dockerfile"));
  }
  for (const auto& [name, value] : target.map("args"))
    flags.arguments.push_back(name + "=" + value);
  for (const auto& [key, value] : target.map("labels")) flags.labels.push_back(key + "=" + value);
  for (const auto& [name, source] : target.map("contexts")) {
    if (build::bake::needed_target(source)) continue;
    flags.contexts.push_back(name + "=" + without_prefix(source));
  }
  for (const auto& [name, address] : target.map("extra-hosts")) {
    flags.hosts.push_back(name + ":" + address);
  }
  flags.tags = target.list("tags");
  flags.target = text("target");
  flags.cache_from = target.list("cache-from");
  flags.cache_to = target.list("cache-to");
  flags.secrets = target.list("secret");
  flags.ssh = target.list("ssh");
  flags.platforms = target.list("platforms");
  for (const std::string& output : target.list("output")) {
    // Without a file docker's means docker's own store: here ours.
    flags.exports.outputs.push_back(output == "type=docker" ? "type=image" : output);
  }
  flags.exports.annotations = target.list("annotations");
  flags.no_cache = target.holds("no-cache");
  flags.pull = target.holds("pull");
  if (!text("network").empty()) flags.network = text("network");
  flags.no_cache_stages = target.list("no-cache-filter");
  flags.shm_size = text("shm-size");
  flags.limits = target.list("ulimits");
  flags.entitlements = target.list("entitlements");
  if (!target.list("attest").empty()) {
    print_error(fmt::format("WARNING: {}: attestations (attest) are not made\n", target.name));
  }
  return flags;
}

}  // namespace estiba::cli
