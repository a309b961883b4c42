#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/password_prompt.h"
#include "cli/session.h"
#include "registry/accounts.h"
#include "registry/metadata.h"
#include "registry/repositories.h"

namespace estiba::cli {
namespace {

std::string default_data(const std::string& data, const Session& session) {
  return data.empty() ? session.root() + "/registry" : data;
}

struct UserOptions {
  std::string data;
  std::string name;
  bool password_stdin = false;
  bool admin = false;
};

std::string read_new_password(const UserOptions& options) {
  if (options.password_stdin) return read_password_from_stdin();
  std::string password = ask_hidden("Password: ");
  if (ask_hidden("Again: ") != password) {
    throw Error(ErrorCode::kInvalidArgument, "the passwords differ");
  }
  return password;
}

int add_user(Session& session, const UserOptions& options) {
  const auto metadata = registry::open_metadata(default_data(options.data, session));
  registry::Accounts(*metadata).add(options.name, read_new_password(options), options.admin);
  return 0;
}

int set_password(Session& session, const UserOptions& options) {
  const auto metadata = registry::open_metadata(default_data(options.data, session));
  registry::Accounts(*metadata).set_password(options.name, read_new_password(options));
  return 0;
}

int remove_user(Session& session, const UserOptions& options) {
  const auto metadata = registry::open_metadata(default_data(options.data, session));
  registry::Accounts(*metadata).remove(options.name);
  return 0;
}

int list_users(Session& session, const UserOptions& options) {
  const auto metadata = registry::open_metadata(default_data(options.data, session));
  for (const registry::Account& account : registry::Accounts(*metadata).list()) {
    print_line(account.name + (account.is_admin ? " (admin)" : ""));
  }
  return 0;
}

using UserAction = int (*)(Session&, const UserOptions&);

Command user_action(const std::string& name, const std::string& summary, UserAction action,
                    bool takes_password) {
  Command command;
  command.name = name;
  command.summary = summary;
  command.declare = [action, takes_password, name](CommandLine& line) -> Runner {
    auto options = std::make_shared<UserOptions>();
    line.option("--data", options->data, "DIR", "The registry's data directory");
    if (takes_password) {
      line.flag("--password-stdin", options->password_stdin,
                "Read the password from standard input");
    }
    if (name == "add") line.flag("--admin", options->admin, "May do everything");
    if (name != "ls") line.positional("NAME", options->name, "The account's name");
    return [options, action](Session& session) { return action(session, *options); };
  };
  return command;
}

Command user_group() {
  Command group;
  group.name = "user";
  group.summary = "Manage the accounts of a registry";
  group.subcommands = {user_action("add", "Make an account", add_user, true),
                       user_action("ls", "List the accounts", list_users, false),
                       user_action("passwd", "Change a password", set_password, true),
                       user_action("rm", "Remove an account", remove_user, false)};
  group.subcommands.front().examples =
      "  printf '%s' \"$PASSWORD\" | estiba admin user add ana --password-stdin --data DIR";
  return group;
}

struct RepositoryOptions {
  std::string data;
  std::string name;
  std::string owner;
  bool make_public = false;
  bool make_private = false;
};

registry::Visibility parse_visibility(const RepositoryOptions& options) {
  if (options.make_public == options.make_private) {
    throw Error(ErrorCode::kInvalidArgument, "say either --public or --private");
  }
  return options.make_public ? registry::Visibility::kPublic : registry::Visibility::kPrivate;
}

int create_repository(Session& session, const RepositoryOptions& options) {
  const registry::Visibility visibility = parse_visibility(options);
  const auto metadata = registry::open_metadata(default_data(options.data, session));
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
  const auto metadata = registry::open_metadata(default_data(options.data, session));
  registry::Repositories(*metadata).set_visibility(options.name, visibility);
  return 0;
}

struct DescribeOptions {
  std::string data;
  std::string name;
  std::string description;
};

Command describe_action() {
  Command command;
  command.name = "describe";
  command.summary = "Say what a repository is; the search finds its words";
  command.examples = "  estiba admin repository describe ana/demo 'A small demonstration'";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<DescribeOptions>();
    line.option("--data", options->data, "DIR", "The registry's data directory");
    line.positional("NAME", options->name, "The repository's name");
    line.positional("TEXT", options->description, "Markdown");
    return [options](Session& session) {
      const auto metadata = registry::open_metadata(default_data(options->data, session));
      registry::Repositories(*metadata).set_description(options->name, options->description);
      return 0;
    };
  };
  return command;
}

using RepositoryAction = int (*)(Session&, const RepositoryOptions&);

Command repository_action(const std::string& name, const std::string& summary,
                          RepositoryAction action) {
  Command command;
  command.name = name;
  command.summary = summary;
  command.declare = [action, name](CommandLine& line) -> Runner {
    auto options = std::make_shared<RepositoryOptions>();
    line.option("--data", options->data, "DIR", "The registry's data directory");
    line.flag("--public", options->make_public, "Everybody may pull");
    line.flag("--private", options->make_private, "Only its owner and whom they let");
    if (name == "create") line.option("--owner", options->owner, "NAME", "The owner's account");
    line.positional("NAME", options->name, "The repository's name");
    return [options, action](Session& session) { return action(session, *options); };
  };
  return command;
}

Command repository_group() {
  Command group;
  group.name = "repository";
  group.summary = "Manage the repositories of a registry";
  group.subcommands = {
      repository_action("create", "Make an empty repository", create_repository),
      repository_action("visibility", "Make a repository public or private", set_visibility),
      describe_action()};
  return group;
}

}  // namespace

Command admin_command() {
  Command command;
  command.name = "admin";
  command.summary = "Administer a registry, also while it serves";
  command.subcommands = {user_group(), repository_group()};
  return command;
}

}  // namespace estiba::cli
