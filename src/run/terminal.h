// Terminals: the user's, and the one that a container gets.
#pragma once

#include <termios.h>

#include <optional>
#include <string>

#include "base/fd.h"

namespace estiba::run {

struct WindowSize {
  unsigned short rows = 0;
  unsigned short columns = 0;
};

[[nodiscard]] bool is_terminal(int fd);
// Nothing when `fd` is no terminal.
[[nodiscard]] std::optional<WindowSize> window_size(int fd);
// A failure is ignored: the terminal may just have been hung up.
void set_window_size(int fd, const WindowSize& size);

// While it lives, every key goes through unchanged, Ctrl-C too. Does nothing when `fd` is no
// terminal. Borrows the descriptor.
class RawMode {
 public:
  explicit RawMode(int fd);
  ~RawMode();
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

 private:
  int fd_;
  std::optional<termios> before_;
};

// Where a runtime hands over the master side of the pseudo terminal that it made for a container
// (its --console-socket).
class ConsoleSocket {
 public:
  // `name` in `directory`; a socket's path may be 107 bytes only, so whoever connects does best to
  // stand in that directory.
  ConsoleSocket(const std::string& directory, const std::string& name);

  // What to watch for reading: first the listener, then the connection; -1 once it is over.
  [[nodiscard]] int fd() const { return watched_.get(); }
  // Takes the next step, without waiting when fd() is readable. Gives the master once it came;
  // nothing before, and nothing when the runtime went away.
  [[nodiscard]] UniqueFd advance();

 private:
  UniqueFd watched_;
  bool connected_ = false;
};

}  // namespace estiba::run
