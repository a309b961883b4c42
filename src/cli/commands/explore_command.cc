#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/explore_screen.h"
#include "cli/explore_view.h"
#include "cli/output.h"
#include "cli/session.h"
#include "store/image_store.h"
#include "store/lease.h"
#include "store/store.h"

namespace estiba::cli {

Command explore_command() {
  Command command;
  command.name = "explore";
  command.summary = "Look into an image: its layers, their files, and what is wasted";
  command.examples =
      "  estiba explore demo\n"
      "  estiba explore demo | less";
  command.declare = [](CommandLine& line) -> Runner {
    auto name = std::make_shared<std::string>();
    line.positional("IMAGE", *name, "A name, tag or ID");
    return [name](Session& session) {
      const store::Image image = session.store().images().find(*name);
      const ExploredImage explored = explore_image(session.store(), *name, image, {});
      if (!is_terminal(STDOUT_FILENO) || !is_terminal(STDIN_FILENO)) {
        print(exploration_report(explored));
        return 0;
      }
      ExploreView view(explored);
      show_exploration(view);
      return 0;
    };
  };
  return command;
}

}  // namespace estiba::cli
