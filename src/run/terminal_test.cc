// A person at a terminal, played by the master side of one.
#include "run/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "run/signals.h"
#include "run/testing/container_fixture.h"

namespace estiba::run {
namespace {

class Terminal : public testing::ContainerTest {
 protected:
  Terminal() {
    int master = -1;
    int user = -1;
    winsize size = {};
    size.ws_row = 33;
    size.ws_col = 77;
    EXPECT_EQ(::openpty(&master, &user, nullptr, nullptr, &size), 0);
    master_ = UniqueFd(master);
    user_ = UniqueFd(user);
    ::fcntl(master, F_SETFD, FD_CLOEXEC);
    ::fcntl(user, F_SETFD, FD_CLOEXEC);
  }

  // Runs the container in a process whose terminal is ours.
  void start(const ContainerSpec& spec, bool interactive = true) {
    const std::string state = state_directory();
    child_ = ::fork();
    if (child_ != 0) return;
    ::setsid();
    ::ioctl(user_.get(), TIOCSCTTY, 0);
    const UniqueFd taken = take_forwarded_signals();
    int code = 99;
    try {
      const ContainerIo io = {.stdin_fd = interactive ? user_.get() : -1,
                              .stdout_fd = user_.get(),
                              .stderr_fd = user_.get(),
                              .signal_fd = taken.get()};
      code = runtime_.run(spec, io, state, {}).exit_code();
    } catch (const Error&) {
      code = 98;
    }
    ::_exit(code);
  }

  void type(std::string_view keys) { write_all(master_.get(), keys, "the terminal"); }

  // Reads the screen until `text` has appeared; false after ten seconds.
  bool sees(const std::string& text) {
    while (screen_.find(text) == std::string::npos) {
      pollfd ready = {.fd = master_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, 10000) <= 0) return false;
      std::array<char, 1024> buffer = {};
      const ssize_t count = ::read(master_.get(), buffer.data(), buffer.size());
      if (count <= 0) return false;
      screen_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return true;
  }

  int exit_code() {
    int status = 0;
    ::waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  UniqueFd master_;
  UniqueFd user_;
  pid_t child_ = -1;
  std::string screen_;
};

ContainerSpec on_terminal(ContainerSpec spec) {
  spec.terminal = true;
  return spec;
}

TEST_F(Terminal, GivesTheContainerOneOfItsOwn) {
  start(on_terminal(shell("tty; test -t 0 && test -t 1 && test -t 2 && stty size; exit 5")));
  EXPECT_TRUE(sees("/dev/pts/0")) << screen_;
  EXPECT_TRUE(sees("33 77")) << screen_;
  EXPECT_EQ(exit_code(), 5);
}

TEST_F(Terminal, PassesKeysAndShowsWhatIsWritten) {
  start(on_terminal(shell("echo ready; read line; echo \"got <$line>\"")));
  ASSERT_TRUE(sees("ready"));
  type("hello\r");
  EXPECT_TRUE(sees("got <hello>")) << screen_;
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(Terminal, PassesControlCAsAKey) {
  start(
      on_terminal(shell("trap 'echo caught; exit 3' INT; echo ready; while true; do sleep 0.05;"
                        " done")));
  ASSERT_TRUE(sees("ready"));
  type("\x03");
  EXPECT_TRUE(sees("caught")) << screen_;
  EXPECT_EQ(exit_code(), 3);
}

TEST_F(Terminal, FollowsTheWindowsSize) {
  start(
      on_terminal(shell("trap 'stty size; exit 0' WINCH; echo ready; while true; do sleep 0.05;"
                        " done")));
  ASSERT_TRUE(sees("ready"));
  set_window_size(user_.get(), {.rows = 50, .columns = 111});
  ::kill(child_, SIGWINCH);
  EXPECT_TRUE(sees("50 111")) << screen_;
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(Terminal, RestoresTheUsersTerminal) {
  termios before = {};
  ASSERT_EQ(::tcgetattr(user_.get(), &before), 0);
  start(on_terminal(shell("echo ready; read line")));
  ASSERT_TRUE(sees("ready"));
  type("x\r");
  EXPECT_EQ(exit_code(), 0);
  termios after = {};
  ASSERT_EQ(::tcgetattr(user_.get(), &after), 0);
  EXPECT_EQ(before.c_lflag, after.c_lflag);
  EXPECT_EQ(before.c_oflag, after.c_oflag);
  EXPECT_EQ(before.c_iflag, after.c_iflag);
}

TEST_F(Terminal, ShowsMuchOutputWhole) {
  start(on_terminal(
      shell("i=0; while [ $i -lt 3000 ]; do echo line-$i; i=$((i+1)); done; echo end")));
  EXPECT_TRUE(sees("line-2999"));
  EXPECT_TRUE(sees("end"));
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(Terminal, IsHiddenFromAContainerWithoutOne) {
  start(shell("test -t 0 || test -t 1 || test -t 2 || echo none; read line; echo \"got <$line>\""));
  ASSERT_TRUE(sees("none")) << screen_;
  type("hello\n");
  EXPECT_TRUE(sees("got <hello>")) << screen_;
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(Terminal, EndsTheInputWithControlD) {
  start(command({"wc", "-c"}));
  type("abc\n");
  type("\x04");
  EXPECT_TRUE(sees("4")) << screen_;
  EXPECT_EQ(exit_code(), 0);
}

}  // namespace
}  // namespace estiba::run
