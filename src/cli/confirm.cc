#include "cli/confirm.h"

#include <unistd.h>

#include "cli/output.h"

namespace estiba::cli {

bool confirmed(bool force, const std::string& warning) {
  if (force) return true;
  print("WARNING! " + warning + "\nAre you sure you want to continue? [y/N] ");
  char answer = 'n';
  if (::read(STDIN_FILENO, &answer, 1) == 1 && (answer == 'y' || answer == 'Y')) return true;
  print_error("Nothing was removed; -f does not ask\n");
  return false;
}

}  // namespace estiba::cli
