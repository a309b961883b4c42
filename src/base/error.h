// The one exception type of the program.
//
// An Error carries a code (mapped once to an exit code in cli/ and once to an HTTP status in
// registry/), one sentence for a person, what was being done on the way up, and a remedy where
// one is known. Three boundaries catch it: the command line, the HTTP handler, the top of a thread.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace estiba {

enum class ErrorCode {
  kInvalidArgument,    // the caller's input is malformed
  kNotFound,           // the thing named does not exist (or may not be seen)
  kAlreadyExists,      // the thing to be made exists and differs
  kPermissionDenied,   // known caller, not allowed
  kUnauthenticated,    // credentials missing or wrong
  kConflict,           // the state does not allow it now (in use, moved meanwhile)
  kResourceExhausted,  // disk full, a limit reached, too many requests
  kUnavailable,        // a peer is down or broke off: trying again may help
  kDataLoss,           // bytes do not match their digest, or a file is damaged
  kUnsupported,        // valid, but this host or version cannot do it
  kCancelled,          // stopped on request
  kIo,                 // the operating system refused
  kInternal,           // a promise of our own code did not hold
};

class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, std::string hint = {});

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }
  // The sentence itself, without context.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  // What the person can do about it; empty when unknown.
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
  // "while pushing X: while reading Y: message", outermost context first.
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

  // Adds one "while ..." on the way up; the newest context is printed first.
  Error& add_context(std::string_view doing);
  // Adds where in a person's text it happened ("Dockerfile:3: RUN make"), printed as it is. Nothing
  // when empty.
  Error& add_place(std::string_view place);
  Error& set_hint(std::string hint);

 private:
  void render();

  ErrorCode code_;
  std::string message_;
  std::string hint_;
  std::vector<std::string> contexts_;  // innermost first
  std::string what_;
};

// Throws an Error for `errno_value`: kNotFound for ENOENT, kPermissionDenied for EACCES/EPERM,
// kResourceExhausted for ENOSPC/EDQUOT/EMFILE/ENFILE/ENOMEM, kAlreadyExists for EEXIST,
// kUnsupported for ENOSYS/EOPNOTSUPP, else kIo.
// Message: "cannot <doing>: <strerror>", e.g. doing = "open /etc/x".
[[noreturn]] void throw_errno(int errno_value, std::string_view doing);
// The same with the current errno.
[[noreturn]] void throw_errno(std::string_view doing);

// Runs `body`; an Error leaving it gains the context "while <doing>". The text is given by a
// function so that it is only built when something fails.
template <typename Body>
auto with_context(const std::function<std::string()>& doing, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (Error& error) {
    error.add_context(doing());
    throw;
  }
}

// The same with a place in a person's text: see Error::add_place.
template <typename Body>
auto with_place(const std::function<std::string()>& place, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (Error& error) {
    error.add_place(place());
    throw;
  }
}

}  // namespace estiba
