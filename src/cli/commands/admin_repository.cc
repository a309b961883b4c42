#include <fmt/format.h>

#include <limits>

#include "base/error.h"
#include "base/size.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands/admin.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "registry/accounts.h"
#include "registry/repositories.h"
#include "registry/repository_listing.h"
#include "registry/repository_rules.h"

namespace estiba::cli {
namespace {

struct RepositoryOptions {
  RegistryOptions registry;
  std::string name;
  std::string text;
  std::string owner;
  bool make_public = false;
  bool make_private = false;
  bool deleted = false;
  std::vector<std::string> patterns;
};

registry::Visibility parse_visibility(const RepositoryOptions& options) {
  if (options.make_public == options.make_private) {
    throw Error(ErrorCode::kInvalidArgument, "say either --public or --private");
  }
  return options.make_public ? registry::Visibility::kPublic : registry::Visibility::kPrivate;
}

int create_repository(Session& session, const RepositoryOptions& options) {
  const registry::Visibility visibility = parse_visibility(options);
  const auto metadata = open_registry(session, options.registry);
  const std::string owner_name =
      options.owner.empty() ? options.name.substr(0, options.name.find('/')) : options.owner;
  const auto owner = registry::Accounts(*metadata).find(owner_name);
  if (!owner) {
    throw Error(ErrorCode::kNotFound, "there is no account \"" + owner_name + "\"",
                "name the owner with --owner");
  }
  registry::Repositories(*metadata).create(options.name, {owner}, visibility);
  return 0;
}

int set_visibility(Session& session, const RepositoryOptions& options) {
  const registry::Visibility visibility = parse_visibility(options);
  const auto metadata = open_registry(session, options.registry);
  registry::Repositories(*metadata).set_visibility(options.name, visibility);
  return 0;
}

int describe_repository(Session& session, const RepositoryOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  registry::Repositories(*metadata).set_description(options.name, options.text);
  return 0;
}

int set_immutable(Session& session, const RepositoryOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  registry::RepositoryRules(*metadata).set_immutable_tags(options.name, options.patterns);
  return 0;
}

int print_deleted_repositories(sql::ConnectionPool& metadata) {
  Table table({"REPOSITORY", "DELETED"});
  for (const registry::DeletedRepository& repository :
       registry::list_deleted_repositories(metadata, registry::operator_principal())) {
    table.add({repository.name, format_rfc3339(repository.deleted_at)});
  }
  print(table.render());
  return 0;
}

int list_repositories(Session& session, const RepositoryOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  if (options.deleted) return print_deleted_repositories(*metadata);
  Table table({"REPOSITORY", "OWNER", "VISIBILITY", "TAGS", "MANIFESTS", "SIZE", "PULLS"});
  for (const registry::RepositorySummary& repository : registry::list_repositories(
           *metadata, registry::operator_principal(),
           {.after = "", .count = std::numeric_limits<std::int32_t>::max()})) {
    table.add({repository.name, repository.owner, repository.visibility,
               std::to_string(repository.tags), std::to_string(repository.manifests),
               format_size(static_cast<std::uint64_t>(repository.size_bytes)),
               std::to_string(repository.pulls)});
  }
  print(table.render());
  return 0;
}

int remove_repository(Session& session, const RepositoryOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  registry::RepositoryRules(*metadata).remove(options.name);
  return 0;
}

int restore_repository(Session& session, const RepositoryOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  registry::RepositoryRules(*metadata).restore(options.name);
  return 0;
}

using RepositoryAction = int (*)(Session&, const RepositoryOptions&);

Command repository_action(const std::string& name, const std::string& summary,
                          RepositoryAction action) {
  Command command;
  command.name = name;
  command.summary = summary;
  command.declare = [action, name](CommandLine& line) -> Runner {
    auto options = std::make_shared<RepositoryOptions>();
    declare_registry(line, options->registry);
    if (name == "create" || name == "visibility") {
      line.flag("--public", options->make_public, "Everybody may pull");
      line.flag("--private", options->make_private, "Only its owner and whom they let");
    }
    if (name == "create") line.option("--owner", options->owner, "NAME", "The owner's account");
    if (name == "ls") line.flag("--deleted", options->deleted, "Those that can be restored");
    if (name != "ls") line.positional("NAME", options->name, "The repository's name");
    if (name == "describe") line.positional("TEXT", options->text, "Markdown");
    if (name == "immutable") {
      line.positionals("PATTERN", options->patterns,
                       "Tags that cannot be moved or deleted: '*' is any text, '?' one character; "
                       "without any, all tags can",
                       0);
    }
    return [options, action](Session& session) { return action(session, *options); };
  };
  return command;
}

}  // namespace

Command repository_group() {
  Command group;
  group.name = "repository";
  group.summary = "Manage the repositories of a registry";
  group.subcommands = {
      repository_action("create", "Make an empty repository", create_repository),
      repository_action("describe", "Say what a repository is; the search finds its words",
                        describe_repository),
      repository_action("immutable", "Say which tags stay where they point", set_immutable),
      repository_action("ls", "List the repositories", list_repositories),
      repository_action("restore", "Bring a deleted repository back", restore_repository),
      repository_action("rm", "Delete a repository; it can be restored for a while",
                        remove_repository),
      repository_action("visibility", "Make a repository public or private", set_visibility)};
  group.subcommands[1].examples =
      "  estiba admin repository describe ana/demo 'A small demonstration'";
  group.subcommands[2].examples = "  estiba admin repository immutable ana/demo 'v*'";
  return group;
}

}  // namespace estiba::cli
