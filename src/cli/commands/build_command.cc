#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "base/size.h"
#include "base/text.h"
#include "build/build.h"
#include "build/compare_images.h"
#include "cli/build_cache_options.h"
#include "cli/build_context.h"
#include "cli/build_display.h"
#include "cli/build_export.h"
#include "cli/build_named_contexts.h"
#include "cli/build_platforms.h"
#include "cli/build_time.h"
#include "cli/check_report.h"
#include "cli/commands/commands.h"
#include "cli/image_puller.h"
#include "cli/output.h"
#include "cli/session.h"
#include "run/limit_words.h"

namespace estiba::cli {
namespace {

struct BuildOptions {
  std::vector<std::string> tags;
  std::string file;
  std::vector<std::string> arguments;
  std::vector<std::string> labels;
  std::string target;
  bool no_cache = false;
  std::vector<std::string> no_cache_stages;
  int jobs = 0;
  bool explain = false;
  std::string on_fail;
  std::vector<std::string> cache_from;
  std::vector<std::string> cache_to;
  bool pull = false;
  bool quiet = false;
  bool check = false;
  std::string network = "host";
  std::vector<std::string> secrets;
  std::vector<std::string> ssh;
  std::vector<std::string> hosts;
  std::vector<std::string> limits;
  std::vector<std::string> entitlements;
  std::string shm_size;
  std::string iid_file;
  std::string progress = "auto";
  std::vector<std::string> platforms;
  std::vector<std::string> contexts;
  bool verify_reproducible = false;
  ExportFlags exports;
  std::string context;
};

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

build::RunSettings run_settings(const BuildOptions& options) {
  build::RunSettings settings;
  for (const std::string& secret : options.secrets) build::add_secret(secret, settings);
  for (const std::string& agent : options.ssh) build::add_ssh(agent, settings);
  for (const std::string& name : options.entitlements) build::add_entitlement(name, settings);
  for (const std::string& host : options.hosts) {
    settings.extra_hosts.push_back(run::parse_extra_host(host));
  }
  for (const std::string& limit : options.limits) {
    settings.bounds.push_back(run::parse_resource_bound(limit));
  }
  if (!options.shm_size.empty()) settings.shm_size_bytes = parse_size(options.shm_size);
  return settings;
}

build::BuildOptions build_options(const BuildOptions& options, const BuildContext& context) {
  build::BuildOptions build;
  build.context_directory = context.directory;
  build.dockerfile_text = context.dockerfile_text;
  build.dockerfile_name = context.dockerfile_name;
  build.dockerfile_path = context.dockerfile_path;
  build.context_identity = context.identity;
  build.context_is_fetched = context.fetched != nullptr;
  for (const std::string& argument : options.arguments) {
    const auto [name, value] = split_pair(argument);
    build.arguments[name] = value;
  }
  for (const std::string& label : options.labels) {
    const auto [key, value] = split_pair(label);
    build.labels.emplace_back(key, value.value_or(""));
  }
  build.target = options.target;
  build.use_cache = !options.no_cache;
  for (const std::string& stages : options.no_cache_stages) {
    for (std::string& stage : split(stages, ',')) build.no_cache_stages.push_back(to_lower(stage));
  }
  build.jobs = options.jobs > 0 ? static_cast<std::size_t>(options.jobs) : default_jobs();
  build.always_pull = options.pull;
  build.network = parse_network(options.network);
  build.run = run_settings(options);
  build.explain = options.explain;
  if (!options.on_fail.empty() && options.on_fail != "shell") {
    throw Error(ErrorCode::kInvalidArgument, "invalid --on-fail \"" + options.on_fail + "\"",
                "the one thing that it can open is a shell");
  }
  build.shell_on_failure = options.on_fail == "shell";
  build.source_date_epoch = source_date_epoch(build.arguments, options.exports.reproducible);
  return build;
}

std::vector<Reference> parse_tags(const std::vector<std::string>& names) {
  std::vector<Reference> tags;
  for (const std::string& name : names) tags.push_back(Reference::parse(name).with_default_tag());
  return tags;
}

void report_unused(std::vector<std::string> names) {
  std::erase(names, kSourceDateEpoch);  // it counts without being declared
  if (names.empty()) return;
  print_error("[Warning] One or more build-args [" + join(names, " ") + "] were not consumed\n");
}

void report_result(const BuildOptions& options, BuildProgress progress,
                   const ExportResult& result) {
  if (!options.iid_file.empty()) write_file_atomically(options.iid_file, result.id.to_string());
  if (progress == BuildProgress::kQuiet) {
    print_line(result.id.to_string());
  } else if (progress == BuildProgress::kJson) {
    print_line("{\"event\":\"built\",\"image\":\"" + result.id.to_string() + "\"}");
  } else {
    print_line("Successfully built " + result.id.short_hex());
    for (const Reference& tag : result.stored) {
      print_line("Successfully tagged " + tag.familiar());
    }
  }
}

// As docker's: 1 when one of docker's own rules is broken.
int check(Session& session, const build::BuildOptions& build) {
  const auto warnings = build::check_image(session.store(), build);
  print_line(check_report(warnings, {build.dockerfile_name, build.dockerfile_text}));
  return breaks_a_rule(warnings) ? 1 : 0;
}

// Twice, without the cache. 1 when the results differ.
int verify(Session& session, const build::BuildEnvironment& environment, build::BuildOptions build,
           BuildDisplay& display) {
  build.use_cache = false;
  if (!build.source_date_epoch) build.source_date_epoch = from_unix_seconds(0);
  const build::BuildResult first = build::build_image(environment, build, display, session.stop());
  const build::BuildResult second = build::build_image(environment, build, display, session.stop());
  display.finish(true);
  const auto differences = build::compare_images(environment.store, environment.mounter,
                                                 first.image_id, second.image_id, session.stop());
  for (const std::string& difference : differences) print_line(difference);
  print_line(differences.empty() ? "reproducible: both builds gave " + first.image_id.to_string()
                                 : "not reproducible: " + first.image_id.to_string() + " became " +
                                       second.image_id.to_string());
  return differences.empty() ? 0 : 1;
}

int build(Session& session, const BuildOptions& options) {
  const BuildProgress progress = parse_build_progress(options.progress, options.quiet);
  ExportRequest exports{.images = {},
                        .tags = parse_tags(options.tags),
                        .outputs = parse_outputs(options.exports),
                        .latest_mtime = std::nullopt,
                        .metadata_file = options.exports.metadata_file,
                        .quiet = options.quiet};
  const OutputRedirection redirection(exports.outputs);
  const std::stop_token stop = session.stop();
  const BuildContext context =
      open_build_context(session.store(), options.context, options.file, stop);
  build::BuildOptions build = build_options(options, context);
  exports.latest_mtime = build.source_date_epoch;
  add_cache_sources(session, options.cache_from, build);
  add_cache_exports(session, options.cache_to, build);
  if (options.check) return check(session, build);
  const auto named_lease = session.store().lease();
  build.named_contexts = open_named_contexts(session.store(), options.contexts, *named_lease, stop);
  const auto display = make_build_display(progress);
  const build::PullImage pull = make_image_puller(session);
  const build::BuildEnvironment environment{session.store(), session.mounter(), session.runtime(),
                                            pull};
  if (options.verify_reproducible) return verify(session, environment, build, *display);
  std::vector<build::BuildResult> results;  // their leases keep the images
  try {
    for (const Platform& platform : parse_platforms(options.platforms)) {
      build.platform = platform;
      results.push_back(build::build_image(environment, build, *display, stop));
      exports.images.push_back({platform, results.back().image_id, results.back().base_layers});
    }
    display->finish(true);
  } catch (Error& error) {
    display->finish(false);
    if (error.code() != ErrorCode::kCancelled) error.add_place("ERROR");
    throw;
  }
  report_unused(results.back().unused_arguments);
  report_result(options, progress, export_build(session, exports, redirection));
  return 0;
}

}  // namespace

Command build_command() {
  Command command;
  command.name = "build";
  command.summary = "Build an image from a Dockerfile";
  command.mounts = true;
  command.examples =
      "  estiba build -t demo .\n"
      "  estiba build -t demo:v2 --build-arg VERSION=2 -f Dockerfile.release .\n"
      "  estiba build --target test --progress plain .";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<BuildOptions>();
    line.list("-t,--tag", options->tags, "NAME[:TAG]", "Name the image; may be repeated");
    line.option("-f,--file", options->file, "FILE", "The Dockerfile (default CONTEXT/Dockerfile)");
    line.list("--build-arg", options->arguments, "NAME[=VALUE]", "Set an ARG of the Dockerfile");
    line.list("--label", options->labels, "KEY=VALUE", "Add a label to the image");
    line.option("--target", options->target, "STAGE",
                "Build this stage and what it needs; STAGE@3 or @3: up to its third instruction");
    line.flag("--no-cache", options->no_cache, "Carry out every step");
    line.list("--no-cache-filter", options->no_cache_stages, "STAGE",
              "Carry out every step of this stage");
    line.list("--cache-from", options->cache_from, "NAME|type=registry|local,...",
              "Take steps that were carried out elsewhere");
    line.list("--cache-to", options->cache_to, "type=registry|local|inline,...",
              "Keep what the steps made; mode=max: of all stages");
    line.option("--on-fail", options->on_fail, "shell",
                "Open a shell in the file system of a step that failed");
    line.flag("--explain", options->explain, "Tell why each step is cached or what changed");
    line.option("-j,--jobs", options->jobs, "N",
                "Steps to run at once (default twice the processors, at least 8)");
    line.flag("--pull", options->pull, "Ask the registry for newer base images");
    line.option("--network", options->network, "host|none", "The network of RUN");
    line.list("--secret", options->secrets, "id=ID,src=FILE|env=NAME",
              "A secret for RUN --mount=type=secret");
    line.list("--ssh", options->ssh, "ID[=SOCKET|KEY]", "An agent or key for RUN --mount=type=ssh");
    line.list("--add-host", options->hosts, "NAME:ADDRESS", "A line of RUN's /etc/hosts");
    line.list("--ulimit", options->limits, "NAME=SOFT[:HARD]", "A limit of RUN's processes");
    line.option("--shm-size", options->shm_size, "BYTES", "The size of RUN's /dev/shm");
    line.list("--allow", options->entitlements, "NAME",
              "Allow RUN --security=insecure: security.insecure");
    line.option("--iidfile", options->iid_file, "FILE", "Write the image's ID to a file");
    line.option("--progress", options->progress, "auto|plain|tty|json", "How to show the build");
    line.list("--platform", options->platforms, "OS/ARCH[,...]",
              "The platform to build for; several give one index");
    line.list("--build-context", options->contexts, "NAME=SOURCE",
              "Files or an image by name: DIR, URL, docker-image://REF or oci-layout://DIR");
    declare_exports(line, options->exports);
    line.flag("--verify-reproducible", options->verify_reproducible,
              "Build twice without the cache and list what differs");
    line.flag("--check", options->check, "Check the Dockerfile; build nothing");
    line.flag("-q,--quiet", options->quiet, "Print only the image's ID");
    line.positional(
        "CONTEXT", options->context,
        "A directory, - (a tar or a Dockerfile on standard input), or a URL of a tar or a "
        "Git repository (URL#REF:DIR)");
    return [options](Session& session) { return build(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
