#include "run/program_lookup.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/text.h"
#include "fs/root_dir.h"
#include "run/runtime.h"

namespace estiba::run {
namespace {

enum class Finding { kExecutable, kMissing, kDirectory, kNotExecutable };

bool is_below(std::string_view path, std::string_view directory) {
  return path == directory ||
         (path.starts_with(directory) && (directory.empty() || path[directory.size()] == '/'));
}

Finding examine(const fs::RootDir& root, const ProgramQuery& query, const std::string& path) {
  const std::string resolved = root.resolve(path);
  for (const std::string& mount_point : query.mount_points) {
    if (is_below(resolved, root.resolve(mount_point))) return Finding::kExecutable;
  }
  const auto status = root.stat(resolved);
  if (!status) return Finding::kMissing;
  if (S_ISDIR(status->st_mode)) return Finding::kDirectory;
  const bool executable = S_ISREG(status->st_mode) && (status->st_mode & 0111) != 0;
  return executable ? Finding::kExecutable : Finding::kNotExecutable;
}

std::string absolute(const ProgramQuery& query, const std::string& path) {
  return path.starts_with('/') ? path : query.working_directory + "/" + path;
}

[[noreturn]] void fail(const ProgramQuery& query, std::string_view why, int exit_code) {
  throw StartError(exit_code == 127 ? ErrorCode::kNotFound : ErrorCode::kPermissionDenied,
                   fmt::format("exec: \"{}\": {}", query.program, why), exit_code);
}

void check_path(const fs::RootDir& root, const ProgramQuery& query) {
  switch (examine(root, query, absolute(query, query.program))) {
    case Finding::kExecutable:
      return;
    case Finding::kMissing:
      fail(query, fmt::format("stat {}: no such file or directory", query.program), 127);
    case Finding::kDirectory:
      fail(query, "is a directory", 126);
    case Finding::kNotExecutable:
      fail(query, "permission denied", 126);
  }
}

}  // namespace

void check_program(const fs::RootDir& root, const ProgramQuery& query) {
  if (query.program.find('/') != std::string::npos) {
    check_path(root, query);
    return;
  }
  bool denied = false;
  for (const std::string& directory : split(query.search_path, ':')) {
    if (query.program.empty()) break;
    // An empty entry of PATH is the working directory.
    const std::string path = (directory.empty() ? "." : directory) + "/" + query.program;
    const Finding finding = examine(root, query, absolute(query, path));
    if (finding == Finding::kExecutable) return;
    denied = denied || finding == Finding::kNotExecutable;
  }
  if (denied) fail(query, "permission denied", 126);
  fail(query, "executable file not found in $PATH", 127);
}

}  // namespace estiba::run
