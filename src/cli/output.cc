#include "cli/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"

namespace estiba::cli {

void print(std::string_view text) {
  write_all(STDOUT_FILENO, text, "standard output");
}

void print_line(std::string_view text) {
  print(std::string(text) + "\n");
}

void print_error(std::string_view text) {
  write_all(STDERR_FILENO, text, "standard error");
}

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

std::size_t terminal_width(int fd) {
  struct winsize size {};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace estiba::cli
