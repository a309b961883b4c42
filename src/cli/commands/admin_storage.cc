// What administrators do to the stored content.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/size.h"
#include "cli/commands/admin.h"
#include "cli/output.h"
#include "cli/session.h"
#include "registry/blob_storage.h"
#include "registry/collector.h"
#include "registry/consistency_check.h"
#include "registry/scrubber.h"

namespace estiba::cli {
namespace {

struct StorageOptions {
  RegistryOptions registry;
  std::string delay = "24h";
  std::string undelete_window = "14d";
  std::string orphan_age = "1h";
  std::string rate;
  std::string format;
  bool repair = false;
};

int collect_garbage(Session& session, const StorageOptions& options) {
  registry::CollectionOptions collection;
  collection.delay = parse_age(options.delay);
  collection.undelete_window = parse_age(options.undelete_window);
  const auto metadata = open_registry(session, options.registry);
  registry::BlobStorage storage(data_directory(session, options.registry));
  registry::Collector collector(*metadata, storage, collection);
  const registry::CollectionReport report = collector.run(session.stop());
  const std::size_t orphans = collector.remove_orphans(session.stop());
  print_line(fmt::format("Collected {} repositories, {} manifests, {} blobs; deleted {} files",
                         report.repositories, report.manifests, report.blobs,
                         report.files + orphans));
  print_line("Total reclaimed space: " + format_size(report.freed_bytes));
  return session.stop_exit_code();
}

void print_check_json(const registry::CheckReport& report) {
  auto problems = nlohmann::ordered_json::array();
  for (const registry::CheckProblem& problem : report.problems) {
    problems.push_back(
        {{"what", problem.what}, {"detail", problem.detail}, {"repaired", problem.repaired}});
  }
  print_line(nlohmann::ordered_json{
      {"blobs", report.blobs},
      {"files", report.files},
      {"manifests", report.manifests},
      {"problems",
       problems}}.dump());
}

void print_check(const registry::CheckReport& report) {
  for (const registry::CheckProblem& problem : report.problems) {
    print_line(problem.what + ": " + problem.detail + (problem.repaired ? " (repaired)" : ""));
  }
  print_line(fmt::format("Checked {} blobs, {} files, {} manifests: {} problems", report.blobs,
                         report.files, report.manifests, report.problems.size()));
}

// 1 when something is wrong that was not repaired.
int check_storage(Session& session, const StorageOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  registry::BlobStorage storage(data_directory(session, options.registry));
  const registry::CheckReport report = registry::check_consistency(
      *metadata, storage, {.repair = options.repair, .orphan_age = parse_age(options.orphan_age)},
      session.stop());
  if (options.format == "json") {
    print_check_json(report);
  } else {
    print_check(report);
  }
  for (const registry::CheckProblem& problem : report.problems) {
    if (!problem.repaired) return 1;
  }
  return session.stop_exit_code();
}

// 1 when it found damage.
int scrub_storage(Session& session, const StorageOptions& options) {
  registry::ScrubOptions scrub{.bytes_per_second = 0, .interval = std::chrono::seconds(-1)};
  if (!options.rate.empty()) scrub.bytes_per_second = parse_size(options.rate);
  const auto metadata = open_registry(session, options.registry);
  registry::BlobStorage storage(data_directory(session, options.registry));
  const registry::ScrubReport report =
      registry::Scrubber(*metadata, storage, scrub).run(session.stop());
  for (const std::string& digest : report.damaged) {
    print_line("damaged: " + digest + " (in quarantine; pushing it again heals it)");
  }
  print_line(fmt::format("Read {} blobs ({}): {} damaged", report.read,
                         format_size(report.read_bytes), report.damaged.size()));
  return report.damaged.empty() ? session.stop_exit_code() : 1;
}

}  // namespace

Command gc_command() {
  Command command;
  command.name = "gc";
  command.summary = "Collect garbage now, also while the registry serves";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<StorageOptions>();
    declare_registry(line, options->registry);
    line.option("--delay", options->delay, "AGE",
                "Only what nothing has referred to for so long; a push that takes longer fails");
    line.option("--undelete-window", options->undelete_window, "AGE",
                "Only what was deleted or moved away from longer ago");
    return [options](Session& session) { return collect_garbage(session, *options); };
  };
  return command;
}

Command check_command() {
  Command command;
  command.name = "check";
  command.summary = "See whether metadata and files agree; exit code 1 when they do not";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<StorageOptions>();
    declare_registry(line, options->registry);
    line.flag("--repair", options->repair,
              "Delete files that nothing knows, let pushes heal blobs whose file is lost");
    line.option("--orphan-age", options->orphan_age, "AGE",
                "A younger file may belong to a push in flight");
    line.option("--format", options->format, "FORMAT", "json");
    return [options](Session& session) { return check_storage(session, *options); };
  };
  return command;
}

Command scrub_command() {
  Command command;
  command.name = "scrub";
  command.summary = "Read every stored blob and verify it; exit code 1 when some are damaged";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<StorageOptions>();
    declare_registry(line, options->registry);
    line.option("--rate", options->rate, "SIZE", "Bytes a second at most: 20m");
    return [options](Session& session) { return scrub_storage(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
