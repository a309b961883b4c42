#include "base/error.h"
#include "cli/commands/admin.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/password_prompt.h"
#include "cli/session.h"
#include "registry/accounts.h"
#include "registry/repository_rules.h"

namespace estiba::cli {
namespace {

struct UserOptions {
  RegistryOptions registry;
  std::string create_on_push;
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
  const auto metadata = open_registry(session, options.registry);
  registry::Accounts(*metadata).add(options.name, read_new_password(options), options.admin);
  return 0;
}

int set_password(Session& session, const UserOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  registry::Accounts(*metadata).set_password(options.name, read_new_password(options));
  return 0;
}

int remove_user(Session& session, const UserOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  registry::Accounts(*metadata).remove(options.name);
  return 0;
}

int list_users(Session& session, const UserOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  for (const registry::Account& account : registry::Accounts(*metadata).list()) {
    print_line(account.name + (account.is_admin ? " (admin)" : ""));
  }
  return 0;
}

int set_create_on_push(Session& session, const UserOptions& options) {
  if (options.create_on_push != "yes" && options.create_on_push != "no") {
    throw Error(ErrorCode::kInvalidArgument, "say --create-on-push yes or no");
  }
  const auto metadata = open_registry(session, options.registry);
  registry::RepositoryRules(*metadata).set_create_on_push(options.name,
                                                          options.create_on_push == "yes");
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
    declare_registry(line, options->registry);
    if (name == "set") {
      line.option("--create-on-push", options->create_on_push, "yes|no",
                  "Whether a push makes repositories that do not exist");
    }
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
  group.subcommands = {
      user_action("add", "Make an account", add_user, true),
      user_action("ls", "List the accounts", list_users, false),
      user_action("passwd", "Change a password", set_password, true),
      user_action("set", "Change what an account may do", set_create_on_push, false),
      user_action("rm", "Remove an account", remove_user, false)};
  group.subcommands.front().examples =
      "  printf '%s' \"$PASSWORD\" | estiba admin user add ana --password-stdin --data DIR";
  return group;
}

}  // namespace

Command admin_command() {
  Command command;
  command.name = "admin";
  command.stays_user = true;
  command.summary = "Administer a registry, also while it serves";
  command.subcommands = {user_group(),     repository_group(), tag_group(),     retention_group(),
                         gc_command(),     check_command(),    scrub_command(), sync_command(),
                         backup_command(), restore_command()};
  return command;
}

}  // namespace estiba::cli
