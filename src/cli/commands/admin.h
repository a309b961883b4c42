// The groups of `estiba admin`, one file each, and what they share.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cli/command_line.h"
#include "sql/connection_pool.h"

namespace estiba::cli {

// Which registry is administered; it may be serving meanwhile.
struct RegistryOptions {
  std::string data;      // empty: below the root
  std::string database;  // empty: in the data directory
};
void declare_registry(CommandLine& line, RegistryOptions& options);
[[nodiscard]] std::string data_directory(const Session& session, const RegistryOptions& options);
[[nodiscard]] std::unique_ptr<sql::ConnectionPool> open_registry(const Session& session,
                                                                 const RegistryOptions& options);
// "30d", "2w" and all that HEALTHCHECK's durations can say; kInvalidArgument.
[[nodiscard]] std::chrono::seconds parse_age(const std::string& text);

[[nodiscard]] Command repository_group();
[[nodiscard]] Command tag_group();
[[nodiscard]] Command retention_group();
[[nodiscard]] Command gc_command();
[[nodiscard]] Command check_command();
[[nodiscard]] Command scrub_command();
[[nodiscard]] Command sync_command();
[[nodiscard]] Command backup_command();
[[nodiscard]] Command restore_command();

}  // namespace estiba::cli
