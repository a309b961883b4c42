#include <filesystem>

#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/man_page.h"
#include "cli/output.h"

namespace estiba::cli {

// For packagers: the pages are made of the program that they belong to.
Command man_command() {
  Command command;
  command.name = "__man";
  command.summary = "Write the manual pages into a directory";
  command.hidden = true;
  command.declare = [](CommandLine& line) -> Runner {
    auto directory = std::make_shared<std::string>();
    line.positional("DIR", *directory, "Where to write them");
    return [directory](Session&) {
      std::filesystem::create_directories(*directory);
      for (const ManPage& page : man_pages(grammar_of(all_commands()))) {
        write_file_atomically(*directory + "/" + page.file_name, page.text);
      }
      return 0;
    };
  };
  return command;
}

}  // namespace estiba::cli
