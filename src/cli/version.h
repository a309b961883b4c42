// The program's version, from the build.
#pragma once

namespace estiba::cli {

inline constexpr const char* kVersion = ESTIBA_VERSION;
// Of the last change of what the manual pages tell, as man(7) wants it.
inline constexpr const char* kManualDate = "2026-11-24";

}  // namespace estiba::cli
