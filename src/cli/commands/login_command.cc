#include "client/login.h"

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/password_prompt.h"
#include "cli/registry_name.h"
#include "cli/session.h"
#include "client/credentials.h"

namespace estiba::cli {
namespace {

struct LoginOptions {
  std::string username;
  std::string password;
  bool password_stdin = false;
  std::string server;
};

client::Credential read_credential(const LoginOptions& options) {
  client::Credential credential;
  credential.username = options.username;
  if (options.password_stdin && !options.password.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "--password and --password-stdin are mutually exclusive");
  }
  if (options.password_stdin && options.username.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "must provide --username with --password-stdin");
  }
  if (!options.password.empty()) {
    print_error("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
    credential.password = options.password;
    return credential;
  }
  if (options.password_stdin) {
    credential.password = read_password_from_stdin();
    return credential;
  }
  if (credential.username.empty()) credential.username = ask("Username: ");
  credential.password = ask_hidden("Password: ");
  return credential;
}

int log_in(Session& session, const LoginOptions& options) {
  const std::string registry = registry_name(options.server);
  client::CredentialStore credentials = session.credentials();
  const client::Credential kept =
      client::login(registry, read_credential(options), session.settings(), session.stop());
  if (credentials.keeps_plain_text(registry)) {
    print_error("WARNING! Your password is stored unencrypted in " + credentials.config_path() +
                ".\nConfigure a credential helper to remove this warning.\n");
  }
  credentials.store(registry, kept, session.stop());
  print_line("Login Succeeded");
  return 0;
}

}  // namespace

Command login_command() {
  Command command;
  command.name = "login";
  command.stays_user = true;
  command.summary = "Log in to a registry";
  command.examples =
      "  estiba login quay.io\n"
      "  pass show registry | estiba login -u ana --password-stdin registry.example.com";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<LoginOptions>();
    line.option("-u,--username", options->username, "NAME", "The account's name");
    line.option("-p,--password", options->password, "PASSWORD", "The password (insecure)");
    line.flag("--password-stdin", options->password_stdin, "Read the password from standard input");
    line.optional_positional("SERVER", options->server, "The registry; docker.io if not given");
    return [options](Session& session) { return log_in(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
