#include "base/error.h"
#include "cli/commands/admin.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/password_prompt.h"
#include "cli/session.h"
#include "registry/accounts.h"
#include "registry/repository_rules.h"
#include "registry/second_factor.h"

namespace estiba::cli {
namespace {

struct UserOptions {
  RegistryOptions registry;
  std::string create_on_push;
  std::string is_admin;
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
  for (const registry::AccountState& one : registry::Accounts(*metadata).list()) {
    print_line(one.account.name + (one.account.is_admin ? " (admin)" : "") +
               (one.disabled ? " (disabled)" : "") + (one.second_factor ? " (second factor)" : ""));
  }
  return 0;
}

std::optional<bool> read_choice(const std::string& text, const char* flag) {
  if (text.empty()) return std::nullopt;
  if (text == "yes" || text == "no") return text == "yes";
  throw Error(ErrorCode::kInvalidArgument, std::string("say ") + flag + " yes or no");
}

int set_rights(Session& session, const UserOptions& options) {
  const auto creates = read_choice(options.create_on_push, "--create-on-push");
  const auto administers = read_choice(options.is_admin, "--admin");
  if (!creates && !administers) {
    throw Error(ErrorCode::kInvalidArgument, "say --create-on-push or --admin yes or no");
  }
  const auto metadata = open_registry(session, options.registry);
  if (creates) registry::RepositoryRules(*metadata).set_create_on_push(options.name, *creates);
  if (administers) registry::Accounts(*metadata).set_admin(options.name, *administers);
  return 0;
}

int disable_user(Session& session, const UserOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  registry::Accounts(*metadata).set_disabled(options.name, true);
  return 0;
}

int enable_user(Session& session, const UserOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  registry::Accounts(*metadata).set_disabled(options.name, false);
  return 0;
}

// For who has lost both the authenticator and the recovery codes.
int reset_second_factor(Session& session, const UserOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  const auto account = registry::Accounts(*metadata).find(options.name);
  if (!account || account->kind != registry::AccountKind::kUser) {
    throw Error(ErrorCode::kNotFound, "there is no account \"" + options.name + "\"");
  }
  registry::remove_second_factor(*metadata, account->id);
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
      line.option("--admin", options->is_admin, "yes|no", "Whether it may do everything");
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
      user_action("set", "Change what an account may do", set_rights, false),
      user_action("disable", "Sign an account out and keep it out", disable_user, false),
      user_action("enable", "Let a disabled account in again", enable_user, false),
      user_action("reset-second-factor", "Take an account's second factor away",
                  reset_second_factor, false),
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
