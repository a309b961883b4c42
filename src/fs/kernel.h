// What the running kernel can do.
#pragma once

#include <string>
#include <string_view>

namespace estiba::fs {

[[nodiscard]] std::string kernel_release();  // "6.1.0-18-amd64"
[[nodiscard]] bool kernel_at_least(int major, int minor);
// Whether the kernel has the filesystem, or could load the module that has it.
[[nodiscard]] bool supports_filesystem(std::string_view name);

}  // namespace estiba::fs
