#include "cli/confirm.h"

#include <unistd.h>

#include "cli/output.h"

namespace estiba::cli {

bool confirmed(const std::string& question) {
  if (!is_terminal(STDIN_FILENO)) return false;
  print(question + " [y/N] ");
  char answer = 'n';
  return ::read(STDIN_FILENO, &answer, 1) == 1 && (answer == 'y' || answer == 'Y');
}

}  // namespace estiba::cli
