// The program's version, from the build.
#pragma once

namespace estiba::cli {

inline constexpr const char* kVersion = ESTIBA_VERSION;

}  // namespace estiba::cli
