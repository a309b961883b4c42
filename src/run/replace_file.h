// Files that describe what lives no longer than the host runs.
#pragma once

#include <string>
#include <string_view>

namespace estiba::run {

// Atomic for readers, and not synced: what is lost with the power describes what was lost with it.
// Before it has its name it lies in `temporary_directory`, of the same file system.
void replace_file(const std::string& path, std::string_view text,
                  const std::string& temporary_directory);

}  // namespace estiba::run
