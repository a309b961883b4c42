#include <fmt/format.h>

#include "base/size.h"
#include "base/time.h"
#include "cli/builder_filter.h"
#include "cli/commands/commands.h"
#include "cli/confirm.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "store/builder_cache.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

struct BuilderArguments {
  bool all = false;
  bool force = false;
  bool verbose = false;
  std::string keep_storage;
  std::vector<std::string> filters;
};

constexpr std::size_t kIdDigits = 25;  // as docker shows them

bool is_reclaimable(const store::BuilderCacheEntry& entry) {
  return !entry.in_use && !entry.shared;
}

void print_verbosely(const store::BuilderCacheEntry& entry) {
  print(
      fmt::format("ID:\t\t{}\nCreated at:\t{}\nReclaimable:\t{}\nShared:\t\t{}\nSize:\t\t{}\n"
                  "Description:\t{}\nLast used:\t{}\nType:\t\t{}\n\n",
                  entry.id.substr(0, kIdDigits), format_rfc3339(entry.created),
                  is_reclaimable(entry), entry.shared, format_size(entry.size_bytes),
                  entry.description, format_ago(entry.last_used, now()), builder_type(entry)));
}

int builder_du(Session& session, const BuilderArguments& arguments) {
  const auto accepts = builder_filter(arguments.filters);
  Table table({"ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED", "DESCRIPTION"});
  std::uint64_t total_bytes = 0;
  std::uint64_t reclaimable_bytes = 0;
  for (const store::BuilderCacheEntry& entry : store::list_builder_cache(session.store())) {
    if (!accepts(entry)) continue;
    total_bytes += entry.size_bytes;
    if (is_reclaimable(entry)) reclaimable_bytes += entry.size_bytes;
    if (arguments.verbose) {
      print_verbosely(entry);
      continue;
    }
    table.add({entry.id.substr(0, kIdDigits), is_reclaimable(entry) ? "true" : "false",
               format_size(entry.size_bytes), format_ago(entry.last_used, now()),
               entry.description});
  }
  if (!arguments.verbose) print(table.render());
  print(fmt::format("Reclaimable:\t{}\nTotal:\t\t{}\n", format_size(reclaimable_bytes),
                    format_size(total_bytes)));
  return 0;
}

int builder_prune(Session& session, const BuilderArguments& arguments) {
  store::BuilderPruneOptions options{.all = arguments.all, .keep_bytes = {}, .filter = {}};
  if (!arguments.filters.empty()) options.filter = builder_filter(arguments.filters);
  if (!arguments.keep_storage.empty()) options.keep_bytes = parse_size(arguments.keep_storage);
  const std::string what = arguments.all ? "all build cache" : "all dangling build cache";
  if (!confirmed(arguments.force, "This will remove " + what + ".")) return 1;
  const store::BuilderPruned pruned = store::prune_builder_cache(session.store(), options);
  if (!pruned.entries.empty()) print_line("Deleted build cache objects:");
  for (const store::BuilderCacheEntry& entry : pruned.entries) {
    print_line(entry.id.substr(0, kIdDigits));
  }
  print_line((pruned.entries.empty() ? "" : "\n") +
             ("Total reclaimed space: " + format_size(pruned.reclaimed_bytes)));
  return 0;
}

Command builder_du_command() {
  Command command;
  command.name = "du";
  command.summary = "Show what builds keep for later ones";
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<BuilderArguments>();
    line.list("--filter", arguments->filters, "KEY=VALUE", "Show only some, as until=24h");
    line.flag("--verbose", arguments->verbose, "Show all that is known of each");
    return [arguments](Session& session) { return builder_du(session, *arguments); };
  };
  return command;
}

Command builder_prune_command() {
  Command command;
  command.name = "prune";
  command.summary = "Remove build cache, the least recently used first";
  command.examples =
      "  estiba builder prune -f --keep-storage 10g\n"
      "  estiba builder prune -a --filter unused-for=168h\n"
      "  estiba builder prune --filter type=exec.cachemount";
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<BuilderArguments>();
    line.flag("-a,--all", arguments->all, "Also what is part of an image");
    line.flag("-f,--force", arguments->force, "Do not ask");
    line.option("--keep-storage", arguments->keep_storage, "BYTES", "Leave so much");
    line.list("--filter", arguments->filters, "KEY=VALUE", "Remove only some, as until=24h");
    return [arguments](Session& session) { return builder_prune(session, *arguments); };
  };
  return command;
}

}  // namespace

Command builder_command() {
  Command group;
  group.name = "builder";
  group.summary = "Manage what builds keep";
  group.subcommands = {build_command(), builder_du_command(), builder_prune_command()};
  return group;
}

}  // namespace estiba::cli
