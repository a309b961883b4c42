#include "cli/commands/commands.h"
#include "cli/completion.h"
#include "cli/output.h"

namespace estiba::cli {

Command completion_command() {
  Command command;
  command.name = "completion";
  command.summary = "Print a script that completes commands in a shell";
  command.examples =
      "  source <(estiba completion bash)\n"
      "  estiba completion fish > ~/.config/fish/completions/estiba.fish";
  command.declare = [](CommandLine& line) -> Runner {
    auto shell = std::make_shared<std::string>();
    line.positional("bash|zsh|fish", *shell, "The shell");
    return [shell](Session&) {
      print(completion_script(*shell));
      return 0;
    };
  };
  return command;
}

}  // namespace estiba::cli
