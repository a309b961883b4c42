#include "base/error.h"
#include "base/time.h"
#include "cli/commands/admin.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "registry/repository_rules.h"
#include "registry/tag_history.h"
#include "registry/trash.h"

namespace estiba::cli {
namespace {

constexpr std::size_t kHistoryRows = 1000;
constexpr const char* kAdministrator = "administrator";

struct TagOptions {
  RegistryOptions registry;
  std::string repository;
  std::string tag;
  std::string at;
};

std::string ended(const registry::TagInterval& interval) {
  return interval.ended_at ? format_rfc3339(*interval.ended_at) : "-";
}

int show_history(Session& session, const TagOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  const std::int64_t id = registry::RepositoryRules(*metadata).id_of(options.repository);
  Table table({"TAG", "FROM", "BY", "UNTIL", "BY", "DIGEST"});
  for (const registry::TagInterval& interval :
       registry::tag_history(*metadata, id, options.tag, kHistoryRows)) {
    table.add({interval.tag, format_rfc3339(interval.started_at), interval.started_by,
               ended(interval), interval.ended_by,
               interval.digest + (interval.available ? "" : " (gone)")});
  }
  print(table.render());
  return 0;
}

int show_trash(Session& session, const TagOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  const std::int64_t id = registry::RepositoryRules(*metadata).id_of(options.repository);
  Table table({"DIGEST", "TYPE", "DELETED", "BY"});
  for (const registry::DeletedManifest& manifest : registry::list_trash(*metadata->reader(), id)) {
    table.add({manifest.digest, manifest.media_type, format_rfc3339(manifest.deleted_at),
               manifest.deleted_by});
  }
  print(table.render());
  return 0;
}

int restore(Session& session, const TagOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  const std::int64_t id = registry::RepositoryRules(*metadata).id_of(options.repository);
  registry::TagRestore wanted{options.tag, std::nullopt, kAdministrator};
  if (!options.at.empty()) wanted.at = parse_rfc3339(options.at);
  print_line(registry::restore_tag(*metadata, id, wanted));
  return 0;
}

using TagAction = int (*)(Session&, const TagOptions&);

Command tag_action(const std::string& name, const std::string& summary, TagAction action) {
  Command command;
  command.name = name;
  command.summary = summary;
  command.declare = [action, name](CommandLine& line) -> Runner {
    auto options = std::make_shared<TagOptions>();
    declare_registry(line, options->registry);
    if (name == "restore") {
      line.option("--at", options->at, "TIME", "What it meant then (RFC 3339)");
    }
    line.positional("REPOSITORY", options->repository, "The repository's name");
    if (name == "history") line.optional_positional("TAG", options->tag, "Only this tag");
    if (name == "restore") line.positional("TAG", options->tag, "The tag");
    return [options, action](Session& session) { return action(session, *options); };
  };
  return command;
}

}  // namespace

Command tag_group() {
  Command group;
  group.name = "tag";
  group.summary = "See what tags meant, and bring it back";
  group.subcommands = {
      tag_action("history", "Show what the tags meant, when, and who moved them", show_history),
      tag_action("restore", "Point a tag where it pointed before, deleted images included",
                 restore),
      tag_action("trash", "List the deleted manifests that can be restored", show_trash)};
  group.subcommands[1].examples =
      "  estiba admin tag restore ana/demo latest\n"
      "  estiba admin tag restore ana/demo latest --at 2026-11-01T12:00:00Z";
  return group;
}

}  // namespace estiba::cli
