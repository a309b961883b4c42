#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "build/bake/bake.h"
#include "build/named_context.h"
#include "cli/bake_files.h"
#include "cli/bake_target.h"
#include "cli/build_display.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/prepared_build.h"
#include "cli/session.h"
#include "cli/table.h"

namespace estiba::cli {
namespace {

namespace bake = build::bake;

struct BakeFlags {
  std::vector<std::string> files;
  std::vector<std::string> overrides;
  std::vector<std::string> targets;
  bool print = false;
  std::string list;
  bool push = false;
  bool load = false;
  bool no_cache = false;
  bool pull = false;
  int jobs = 0;
  std::string progress = "auto";
  std::string metadata_file;
};

std::string list_format(const BakeFlags& flags) {
  if (flags.list == "targets" || flags.list == "variables") return flags.list;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid --list \"{}\"", flags.list),
              "use targets or variables");
}

std::string list_targets(const bake::Definition& definition) {
  Table table({"TARGET", "DESCRIPTION"});
  for (const auto& [name, group] : definition.groups) {
    std::string members;
    for (const std::string& target : group.targets)
      members += (members.empty() ? "" : ", ") + target;
    table.add({name, group.description.empty() ? members : group.description});
  }
  for (const auto& [name, target] : definition.targets) table.add({name, target.description});
  return table.render();
}

std::string list_variables(const bake::Definition& definition) {
  Table table({"VARIABLE", "VALUE", "DESCRIPTION"});
  for (const bake::Variable& variable : definition.variables) {
    table.add({variable.name, variable.value.value_or("<null>"), variable.description});
  }
  return table.render();
}

// Every target's builds behind those that it needs, as one list.
class BakeGraph {
 public:
  BakeGraph(Session& session, const bake::Resolved& resolved, const BakeFlags& flags) {
    for (const std::string& name : resolved.order) {
      const bake::Target& target = resolved.targets.at(name);
      const bool wanted = std::ranges::find(resolved.wanted, name) != resolved.wanted.end();
      add(session, target, wanted, flags);
    }
  }

  int run(Session& session, const BakeFlags& flags) {
    const BuildProgress progress = parse_build_progress(flags.progress, false);
    const auto display = make_build_display(progress);
    const auto results = carry_out(session, builds_, *display);
    nlohmann::ordered_json metadata = nlohmann::ordered_json::object();
    for (const Entry& entry : entries_) {
      report_unused_arguments(results[entry.first]);
      if (!entry.wanted) continue;
      const OutputRedirection redirection(entry.build->outputs());
      const ExportResult result = with_place(
          [&] { return entry.name; },
          [&] { return entry.build->export_results(session, &results[entry.first], redirection); });
      report(progress, entry.name, result);
      if (!flags.metadata_file.empty()) {
        metadata[entry.name] = nlohmann::ordered_json::parse(result.metadata);
      }
    }
    if (!flags.metadata_file.empty()) {
      write_file_atomically(flags.metadata_file, metadata.dump(2) + "\n");
    }
    return 0;
  }

 private:
  struct Entry {
    std::string name;
    bool wanted = false;
    std::size_t first = 0;  // among all builds
    std::unique_ptr<PreparedBuild> build;
  };

  void add(Session& session, const bake::Target& target, bool wanted, const BakeFlags& flags) {
    BuildFlags words = build_flags_of(target);
    words.exports.push = flags.push;
    words.exports.load = flags.load;
    words.no_cache |= flags.no_cache;
    words.pull |= flags.pull;
    words.jobs = flags.jobs;
    auto build = with_place([&] { return target.name; },
                            [&] {
                              return std::make_unique<PreparedBuild>(session, std::move(words),
                                                                     target.name, storages_);
                            });
    const std::size_t first = builds_.size();
    for (build::BuildOptions& options : build->builds()) {
      if (!wanted) options.wants_image = false;
      link(target, options);
      builds_.push_back(options);
    }
    entries_.push_back({target.name, wanted, first, std::move(build)});
  }

  // Contexts that are other targets: the build of the same platform, or the only one.
  void link(const bake::Target& target, build::BuildOptions& options) const {
    for (const auto& [name, source] : target.map("contexts")) {
      const auto needed = bake::needed_target(source);
      if (!needed) continue;
      const auto entry = std::ranges::find(entries_, *needed, &Entry::name);
      const std::vector<build::BuildOptions>& candidates = entry->build->builds();
      auto found = std::ranges::find(candidates, options.platform, &build::BuildOptions::platform);
      if (found == candidates.end() && candidates.size() == 1) found = candidates.begin();
      if (found == candidates.end()) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("{} needs {} for {}, which it is not built for", target.name,
                                *needed, options.platform.to_string()));
      }
      const auto place = static_cast<std::size_t>(found - candidates.begin());
      const std::string key = build::context_key(name);
      options.named_contexts[key] = *needed;
      options.built_contexts[key] = entry->first + place;
    }
  }

  static void report(BuildProgress progress, const std::string& name, const ExportResult& result) {
    if (progress == BuildProgress::kJson) {
      print_line(fmt::format(R"({{"event":"built","build":"{}","image":"{}"}})", name,
                             result.id.to_string()));
      return;
    }
    print_line(fmt::format("{} | Successfully built {}", name, result.id.short_hex()));
    for (const Reference& tag : result.stored) {
      print_line(fmt::format("{} | Successfully tagged {}", name, tag.familiar()));
    }
  }

  CacheStorages storages_;
  std::vector<Entry> entries_;
  std::vector<build::BuildOptions> builds_;
};

int run_bake(Session& session, const BakeFlags& flags) {
  const bake::Environment environment = bake_environment();
  const std::vector<bake::Text> files = read_bake_files(flags.files);
  const bake::Definition definition = bake::read_definition(files, environment);
  if (!flags.list.empty()) {
    print(list_format(flags) == "targets" ? list_targets(definition) : list_variables(definition));
    return 0;
  }
  bake::Request request{.names = flags.targets, .overrides = {}};
  for (const std::string& text : flags.overrides) {
    request.overrides.push_back(bake::parse_override(text, environment));
  }
  const bake::Resolved resolved = bake::resolve(definition, request);
  if (flags.print) {
    print_line(bake::print_resolved(resolved));
    return 0;
  }
  return BakeGraph(session, resolved, flags).run(session, flags);
}

}  // namespace

Command bake_command() {
  Command command;
  command.name = "bake";
  command.summary = "Build the targets of docker-bake.hcl, docker-bake.json or compose.yaml";
  command.mounts = true;
  command.examples =
      "  estiba bake\n"
      "  estiba bake --print app\n"
      "  estiba bake -f compose.yaml --set '*.args.VERSION=2' web worker";
  command.declare = [](CommandLine& line) -> Runner {
    auto flags = std::make_shared<BakeFlags>();
    line.list("-f,--file", flags->files, "FILE",
              "A definition (- is standard input); may be repeated");
    line.list("--set", flags->overrides, "TARGET.KEY=VALUE",
              "Set a key of the targets that fit (* is any); KEY+= adds");
    line.flag("--print", flags->print, "Print what would be built as JSON; build nothing");
    line.option("--list", flags->list, "targets|variables", "List what the definition has");
    line.flag("--push", flags->push, "Push the images");
    line.flag("--load", flags->load, "Keep the images in the store besides other outputs");
    line.flag("--no-cache", flags->no_cache, "Carry out every step");
    line.flag("--pull", flags->pull, "Ask the registry for newer base images");
    line.option("-j,--jobs", flags->jobs, "N",
                "Steps to run at once, of all targets (default twice the processors, at least 8)");
    line.option("--progress", flags->progress, "auto|plain|tty|json", "How to show the build");
    line.option("--metadata-file", flags->metadata_file, "FILE",
                "Write digests and names of the results as JSON");
    line.positionals("TARGET", flags->targets, "Targets and groups (default: default)", 0);
    return [flags](Session& session) { return run_bake(session, *flags); };
  };
  return command;
}

Command buildx_group() {
  Command group;
  group.name = "buildx";
  group.summary = "Build images; docker's other name for it";
  group.subcommands = {bake_command(), build_command()};
  return group;
}

}  // namespace estiba::cli
