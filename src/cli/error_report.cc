#include "cli/error_report.h"

#include "cli/output.h"

namespace estiba::cli {

void report_error(const Error& error) {
  std::string text = std::string("estiba: ") + error.what() + "\n";
  if (!error.hint().empty()) text += "hint: " + error.hint() + "\n";
  print_error(text);
}

// docker answers 1 to nearly everything; a stop on request is told as shells tell it.
int exit_code_of(const Error& error) {
  return error.code() == ErrorCode::kCancelled ? 130 : 1;
}

}  // namespace estiba::cli
