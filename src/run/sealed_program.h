// A program that nobody can change while it runs.
#pragma once

#include <string>

#include "base/fd.h"

namespace estiba::run {

// A copy of the file in memory, sealed. crun and runc make themselves such a copy at their start,
// so that no container overwrites them through /proc/self/exe (CVE-2019-5736), and begin anew from
// it; one that finds itself sealed already saves that second start, a third of all it does. Nothing
// where the kernel has no memory for it or will not run it: then they do it themselves.
[[nodiscard]] UniqueFd sealed_program(const std::string& path);

}  // namespace estiba::run
