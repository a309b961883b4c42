// Whether a container's program can be started, asked before the runtime tries: its own complaints
// would be mixed with what the container writes.
#pragma once

#include <string>
#include <vector>

namespace estiba::fs {
class RootDir;
}

namespace estiba::run {

struct ProgramQuery {
  std::string program;            // arguments[0]
  std::string search_path;        // the container's PATH
  std::string working_directory;  // absolute
  // Where something will be mounted: what lies there cannot be seen yet and counts as present.
  std::vector<std::string> mount_points;
};

// Throws StartError in docker's words when the program is missing or no executable file.
void check_program(const fs::RootDir& root, const ProgramQuery& query);

}  // namespace estiba::run
