#include "cli/build_flags.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/size.h"
#include "base/text.h"
#include "cli/build_time.h"
#include "cli/command_line.h"
#include "run/limit_words.h"

namespace estiba::cli {
namespace {

std::pair<std::string, std::optional<std::string>> split_pair(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {text, std::nullopt};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

run::NetworkMode parse_network(const std::string& text) {
  if (text == "host" || text == "default") return run::NetworkMode::kHost;
  if (text == "none") return run::NetworkMode::kNone;
  throw Error(ErrorCode::kInvalidArgument, "invalid --network \"" + text + "\"",
              "use host or none");
}

// Most steps wait: for networks, disks, single-threaded tools. So more than there are processors.
std::size_t default_jobs() {
  return std::max<std::size_t>(8, 2 * std::thread::hardware_concurrency());
}

build::RunSettings run_settings(const BuildFlags& flags) {
  build::RunSettings settings;
  for (const std::string& secret : flags.secrets) build::add_secret(secret, settings);
  for (const std::string& agent : flags.ssh) build::add_ssh(agent, settings);
  for (const std::string& name : flags.entitlements) build::add_entitlement(name, settings);
  for (const std::string& host : flags.hosts) {
    settings.extra_hosts.push_back(run::parse_extra_host(host));
  }
  for (const std::string& limit : flags.limits) {
    settings.bounds.push_back(run::parse_resource_bound(limit));
  }
  if (!flags.shm_size.empty()) settings.shm_size_bytes = parse_size(flags.shm_size);
  return settings;
}

}  // namespace

build::BuildOptions build_options(const BuildFlags& flags, const BuildContext& context) {
  build::BuildOptions build;
  build.context_directory = context.directory;
  build.dockerfile_text = context.dockerfile_text;
  build.dockerfile_name = context.dockerfile_name;
  build.dockerfile_path = context.dockerfile_path;
  build.context_identity = context.identity;
  build.context_is_fetched = context.fetched != nullptr;
  for (const std::string& argument : flags.arguments) {
    const auto [name, value] = split_pair(argument);
    build.arguments[name] = value;
  }
  for (const std::string& label : flags.labels) {
    const auto [key, value] = split_pair(label);
    build.labels.emplace_back(key, value.value_or(""));
  }
  build.target = flags.target;
  build.use_cache = !flags.no_cache;
  for (const std::string& stages : flags.no_cache_stages) {
    for (std::string& stage : split(stages, ',')) build.no_cache_stages.push_back(to_lower(stage));
  }
  build.jobs = flags.jobs > 0 ? static_cast<std::size_t>(flags.jobs) : default_jobs();
  build.always_pull = flags.pull;
  build.network = parse_network(flags.network);
  build.run = run_settings(flags);
  build.explain = flags.explain;
  if (!flags.on_fail.empty() && flags.on_fail != "shell") {
    throw Error(ErrorCode::kInvalidArgument, "invalid --on-fail \"" + flags.on_fail + "\"",
                "the one thing that it can open is a shell");
  }
  build.shell_on_failure = flags.on_fail == "shell";
  build.wants_image = !std::ranges::all_of(parse_outputs(flags.exports), [](const auto& output) {
    return output.kind == build::OutputKind::kCacheOnly;
  });
  build.source_date_epoch = source_date_epoch(build.arguments, flags.exports.reproducible);
  return build;
}

std::vector<Reference> parse_tags(const std::vector<std::string>& names) {
  std::vector<Reference> tags;
  for (const std::string& name : names) tags.push_back(Reference::parse(name).with_default_tag());
  return tags;
}

void declare_build(CommandLine& line, BuildFlags& flags) {
  line.list("-t,--tag", flags.tags, "NAME[:TAG]", "Name the image; may be repeated");
  line.option("-f,--file", flags.file, "FILE", "The Dockerfile (default CONTEXT/Dockerfile)");
  line.list("--build-arg", flags.arguments, "NAME[=VALUE]", "Set an ARG of the Dockerfile");
  line.list("--label", flags.labels, "KEY=VALUE", "Add a label to the image");
  line.option("--target", flags.target, "STAGE",
              "Build this stage and what it needs; STAGE@3 or @3: up to its third instruction");
  line.flag("--no-cache", flags.no_cache, "Carry out every step");
  line.list("--no-cache-filter", flags.no_cache_stages, "STAGE",
            "Carry out every step of this stage");
  line.list("--cache-from", flags.cache_from, "NAME|type=registry|local,...",
            "Take steps that were carried out elsewhere");
  line.list("--cache-to", flags.cache_to, "type=registry|local|inline,...",
            "Keep what the steps made; mode=max: of all stages");
  line.option("--on-fail", flags.on_fail, "shell",
              "Open a shell in the file system of a step that failed");
  line.flag("--explain", flags.explain, "Tell why each step is cached or what changed");
  line.option("-j,--jobs", flags.jobs, "N",
              "Steps to run at once (default twice the processors, at least 8)");
  line.flag("--pull", flags.pull, "Ask the registry for newer base images");
  line.option("--network", flags.network, "host|none", "The network of RUN");
  line.list("--secret", flags.secrets, "id=ID,src=FILE|env=NAME",
            "A secret for RUN --mount=type=secret");
  line.list("--ssh", flags.ssh, "ID[=SOCKET|KEY]", "An agent or key for RUN --mount=type=ssh");
  line.list("--add-host", flags.hosts, "NAME:ADDRESS", "A line of RUN's /etc/hosts");
  line.list("--ulimit", flags.limits, "NAME=SOFT[:HARD]", "A limit of RUN's processes");
  line.option("--shm-size", flags.shm_size, "BYTES", "The size of RUN's /dev/shm");
  line.list("--allow", flags.entitlements, "NAME",
            "Allow RUN --security=insecure: security.insecure");
  line.option("--iidfile", flags.iid_file, "FILE", "Write the image's ID to a file");
  line.option("--progress", flags.progress, "auto|plain|tty|json", "How to show the build");
  line.list("--platform", flags.platforms, "OS/ARCH[,...]",
            "The platform to build for; several give one index");
  line.list("--build-context", flags.contexts, "NAME=SOURCE",
            "Files or an image by name: DIR, URL, docker-image://REF or oci-layout://DIR");
  declare_exports(line, flags.exports);
}

}  // namespace estiba::cli
