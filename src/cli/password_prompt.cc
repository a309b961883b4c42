#include "cli/password_prompt.h"

#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/output.h"

namespace estiba::cli {
namespace {

constexpr std::size_t kMaxPasswordBytes = 64 * 1024;

// Turns the terminal's echo off while it lives.
class NoEcho {
 public:
  NoEcho() {
    if (::tcgetattr(STDIN_FILENO, &saved_) != 0) throw_errno("read the terminal's settings");
    struct termios quiet = saved_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~NoEcho() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  struct termios saved_ {};
};

void require_terminal() {
  if (is_terminal(STDIN_FILENO)) return;
  throw Error(ErrorCode::kInvalidArgument,
              "cannot perform an interactive login from a non TTY device",
              "use --username and --password-stdin");
}

std::string read_line() {
  std::string line;
  char c = 0;
  while (line.size() < kMaxPasswordBytes && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
    line += c;
  }
  return line;
}

}  // namespace

std::string read_password_from_stdin() {
  std::string password = read_fd(STDIN_FILENO, "standard input", kMaxPasswordBytes);
  while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
  if (password.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "the password on standard input is empty");
  }
  return password;
}

std::string ask(const std::string& question) {
  require_terminal();
  print_error(question);
  return read_line();
}

std::string ask_hidden(const std::string& question) {
  require_terminal();
  const NoEcho no_echo;  // first: who answers at once must not be seen
  print_error(question);
  std::string answer = read_line();
  print_error("\n");
  return answer;
}

}  // namespace estiba::cli
