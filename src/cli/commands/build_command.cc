#include "base/fd.h"
#include "build/build.h"
#include "build/compare_images.h"
#include "cli/build_display.h"
#include "cli/build_flags.h"
#include "cli/build_graph.h"
#include "cli/check_report.h"
#include "cli/commands/commands.h"
#include "cli/image_puller.h"
#include "cli/output.h"
#include "cli/prepared_build.h"
#include "cli/session.h"

namespace estiba::cli {
namespace {

void report_result(const BuildFlags& flags, BuildProgress progress, const ExportResult& result) {
  if (!flags.iid_file.empty()) write_file_atomically(flags.iid_file, result.id.to_string());
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
int verify(Session& session, build::BuildOptions build, BuildDisplay& display) {
  build.use_cache = false;
  if (!build.source_date_epoch) build.source_date_epoch = from_unix_seconds(0);
  const build::PullImage pull = make_image_puller(session);
  const build::BuildEnvironment environment{session.store(), session.mounter(), session.runtime(),
                                            pull};
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

int build(Session& session, const BuildFlags& flags) {
  const BuildProgress progress = parse_build_progress(flags.progress, flags.quiet);
  CacheStorages cache_storages;
  PreparedBuild prepared(session, flags, "", cache_storages);
  if (flags.check) return check(session, prepared.builds().front());
  const OutputRedirection redirection(prepared.outputs());
  auto display = make_build_display(progress);
  if (!flags.graph_file.empty()) display = with_graph(std::move(display), flags.graph_file);
  if (flags.verify_reproducible) return verify(session, prepared.builds().front(), *display);
  const auto results = carry_out(session, prepared.builds(), *display);
  report_unused_arguments(results.back());
  report_result(flags, progress, prepared.export_results(session, results.data(), redirection));
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
      "  estiba build --graph build.svg .\n"
      "  estiba build --target test --progress plain .";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<BuildFlags>();
    declare_build(line, *options);
    line.flag("--verify-reproducible", options->verify_reproducible,
              "Build twice without the cache and list what differs");
    line.option("--graph", options->graph_file, "FILE.svg|FILE.dot",
                "Draw the steps, what each took and what was cached");
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
