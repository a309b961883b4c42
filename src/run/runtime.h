// Runs containers to their end through an OCI runtime: crun, else runc.
#pragma once

#include <stop_token>
#include <string>

#include "base/error.h"
#include "base/process.h"
#include "run/container_spec.h"

namespace estiba::run {

// The container's program could not be started, in docker's words:
// exec: "x": executable file not found in $PATH.
class StartError : public Error {
 public:
  StartError(ErrorCode code, std::string message, int exit_code)
      : Error(code, std::move(message)), exit_code_(exit_code) {}
  // As shells have it: 127 when there is no such program, 126 when it cannot be run.
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

// Thread-safe: any number of containers run at once, each run() on its caller's thread.
class OciRuntime {
 public:
  // `preferred` is a name on PATH or an absolute path; empty: crun, else runc. Throws kNotFound
  // with a hint when there is none.
  [[nodiscard]] static OciRuntime find(const std::string& preferred = {});

  [[nodiscard]] const std::string& program() const { return program_; }  // absolute path

  // Runs `spec` and waits for its end; returns how its first process ended.
  //
  // The caller is in a private mount namespace (fs::enter_private_mount_namespace), in which
  // spec.root_directory is mounted. `state_directory` must exist and be the caller's own: the
  // bundle, the files mounted over /etc and the runtime's state are kept there and are gone with
  // it. Mount points that had to be made in the root file system are removed again unless
  // something was put there, so a layer made of the upper does not have them.
  //
  // The container lives in a pid namespace below ours and dies with us, however we die. When
  // `stop` is requested its first process gets the stop signal, after two seconds all of it is
  // killed, and this throws kCancelled.
  //
  // Throws StartError when the program cannot be started; kInvalidArgument or kNotFound for a
  // wrong user, working directory or mount; kUnsupported where the host cannot do what is asked.
  ExitStatus run(const ContainerSpec& spec, const ContainerIo& io,
                 const std::string& state_directory, std::stop_token stop) const;

 private:
  explicit OciRuntime(std::string program) : program_(std::move(program)) {}
  std::string program_;
};

}  // namespace estiba::run
