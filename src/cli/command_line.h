// The command line's grammar, declared by each command; the library behind it stays in one file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace estiba::cli {

class Session;

// Collects what one command accepts. The variables it is given must live until the command ran;
// commands keep them in a shared struct that their runner captures.
class CommandLine {
 public:
  class Backend;
  explicit CommandLine(Backend& backend) : backend_(backend) {}

  // `names` as in "-a,--all".
  void flag(const std::string& names, bool& target, const std::string& help);
  void option(const std::string& names, std::string& target, const std::string& value_name,
              const std::string& help);
  void option(const std::string& names, std::optional<std::string>& target,
              const std::string& value_name, const std::string& help);
  void option(const std::string& names, int& target, const std::string& value_name,
              const std::string& help);
  // May be given several times.
  void list(const std::string& names, std::vector<std::string>& target,
            const std::string& value_name, const std::string& help);
  void positional(const std::string& name, std::string& target, const std::string& help);
  void optional_positional(const std::string& name, std::string& target, const std::string& help);
  // At least `minimum` of them.
  void positionals(const std::string& name, std::vector<std::string>& target,
                   const std::string& help, std::size_t minimum);
  // The first argument that is no option, and everything after it, untouched: `run IMAGE ARG...`.
  void rest(const std::string& name, std::vector<std::string>& target, const std::string& help,
            std::size_t minimum);

 private:
  Backend& backend_;
};

using Runner = std::function<int(Session&)>;

struct Command {
  std::string name;
  std::string summary;   // one line
  std::string examples;  // shown below the options, one command a line
  // Mounts file systems: the process gets a private mount namespace before any thread starts.
  bool mounts = false;
  // Works as whoever called it: has to do with neither images nor containers of this host. The
  // others become root of a user namespace where an ordinary user calls them.
  bool stays_user = false;
  bool hidden = false;  // not for people: left out of the help
  // Declares the command's own arguments and returns what runs it; empty for a group of commands.
  std::function<Runner(CommandLine&)> declare;
  std::vector<Command> subcommands;
};

struct GlobalOptions {
  std::string root;
  std::string config_file;
  bool debug = false;
};

struct ParsedCommand {
  std::string name;  // "admin user add"
  bool mounts = false;
  bool stays_user = false;
  Runner run;
  GlobalOptions globals;
};

// Either a command to run, or an exit code after help, version or a usage error was printed.
struct ParseOutcome {
  std::optional<ParsedCommand> command;
  int exit_code = 0;
};
[[nodiscard]] ParseOutcome parse_command_line(const std::vector<Command>& commands, int argc,
                                              char** argv);

}  // namespace estiba::cli
