#include "cli/containers.h"

#include <fcntl.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/error_report.h"
#include "cli/output.h"
#include "cli/session.h"
#include "fs/tree.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {

int for_each_container(Session& session, const std::vector<std::string>& names,
                       const std::function<void(run::Containers&, const run::Container&)>& action,
                       bool prints_names) {
  run::Containers containers(session.store());
  int exit_code = 0;
  for (const std::string& name : names) {
    try {
      action(containers, containers.find(name));
      if (prints_names) print_line(name);
    } catch (const Error& error) {
      report_error(error);
      exit_code = 1;
    }
  }
  return exit_code;
}

std::vector<std::string> keeper_command(Session& session) {
  return {"/proc/self/exe", "--root", session.root(), "supervise"};
}

ContainerSize container_size(Session& session, const run::Container& container) {
  ContainerSize size;
  const std::string upper = container.directory + "/upper";
  if (path_exists(upper)) {
    const UniqueFd directory = open_file(upper, O_RDONLY | O_DIRECTORY);
    fs::walk(directory.get(), [&](const fs::WalkEntry& entry) {
      if (S_ISREG(entry.status.st_mode)) {
        size.writable_bytes += static_cast<std::uint64_t>(entry.status.st_size);
      }
      return fs::WalkStep::kContinue;
    });
  }
  size.total_bytes =
      size.writable_bytes + session.store().images().get(container.record.image).size_bytes;
  return size;
}

}  // namespace estiba::cli
