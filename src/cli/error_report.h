// Errors as a person reads them, and the exit codes they become: mapped here and nowhere else.
#pragma once

#include "base/error.h"

namespace estiba::cli {

// "estiba: MESSAGE" and, where one is known, "hint: REMEDY", to standard error.
void report_error(const Error& error);
[[nodiscard]] int exit_code_of(const Error& error);

}  // namespace estiba::cli
