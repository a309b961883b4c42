// The runtime knows a container by the numbers of the pid namespace that it was started in, and in
// the mount namespace of its keeper: so that is where its other commands run too.
#include "run/container_exec.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "fs/root_dir.h"
#include "run/attach_client.h"
#include "run/capabilities.h"
#include "run/detach_keys.h"
#include "run/limits.h"
#include "run/process_config.h"
#include "run/program_lookup.h"
#include "run/runtime_log.h"
#include "run/signals.h"
#include "run/spec_resources.h"
#include "run/streams.h"
#include "run/supervisor.h"
#include "run/terminal.h"
#include "run/user.h"

namespace estiba::run {
namespace {

using Json = nlohmann::json;

std::string bundle_of(const Container& container) {
  return container.directory + "/bundle";
}

// The options of every command that is about a running container.
ProcessOptions runtime_options(const Container& container, const std::string& runtime_program,
                               ProcessOptions options, int process_fd, const std::string& log) {
  const std::string bundle = bundle_of(container);
  options.argv = {runtime_program, "--root", bundle + "/runtime", "--log", bundle + "/" + log,
                  "--log-format",  "json"};
  options.environment = {std::string("PATH=") + kDefaultPath};
  options.replace_environment = true;
  options.working_directory = bundle;
  options.join_process_fd = process_fd;
  return options;
}

UniqueFd open_running(const Container& container) {
  if (container.state.status != ContainerStatus::kRunning) {
    throw Error(ErrorCode::kConflict, fmt::format("Container {} is not running", container.id));
  }
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, container.state.runtime_pid, 0u)));
  if (!process) {
    throw Error(ErrorCode::kConflict, fmt::format("Container {} is not running", container.id));
  }
  return process;
}

void set_variable(Json& environment, const std::string& entry) {
  const std::string key = entry.substr(0, entry.find('=')) + "=";
  for (Json& known : environment) {
    if (!known.get<std::string>().starts_with(key)) continue;
    known = entry;
    return;
  }
  environment.push_back(entry);
}

void set_user(const Container& container, const std::string& user, Json& process) {
  const fs::RootDir root = fs::RootDir::open(fmt::format("/proc/{}/root", container.state.pid));
  const ResolvedUser resolved = resolve_user(root, user);
  process["user"] = {{"uid", resolved.uid}, {"gid", resolved.gid}};
  if (!resolved.additional_gids.empty()) {
    process["user"]["additionalGids"] = resolved.additional_gids;
  }
  set_variable(process["env"], "HOME=" + resolved.home);
}

// Said in our words, and before the runtime says it into the output of what it could not start.
void check_program_of(const Container& container, const Json& process) {
  ProgramQuery query{.program = process.at("args").at(0),
                     .search_path = kDefaultPath,
                     .working_directory = process.at("cwd"),
                     // Links of the kernel's are for the runtime to follow.
                     .mount_points = {"/proc", "/dev", "/sys"}};
  for (const std::string entry : process.at("env")) {
    if (entry.starts_with("PATH=")) query.search_path = entry.substr(5);
  }
  const auto root = fs::RootDir::open(fmt::format("/proc/{}/root", container.state.pid));
  check_program(root, query);
}

// The first process with what the request changes.
std::string process_json(const Container& container, const ExecRequest& request) {
  const std::string config = bundle_of(container) + "/config.json";
  Json process = Json::parse(read_file(config, kMaxRecordBytes)).at("process");
  process["args"] = request.arguments;
  process["terminal"] = request.terminal;
  process.erase("consoleSize");
  if (request.terminal) set_variable(process["env"], "TERM=xterm");
  if (request.user) set_user(container, *request.user, process);
  for (const std::string& entry : request.environment) set_variable(process["env"], entry);
  if (request.working_directory) process["cwd"] = *request.working_directory;
  if (request.privileged) {
    const auto all = all_capabilities();
    for (const char* kind : {"bounding", "effective", "permitted"}) {
      process["capabilities"][kind] = all;
    }
  }
  check_program_of(container, process);
  return process.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Files of one exec in the bundle, gone with it.
class ExecFiles {
 public:
  explicit ExecFiles(const Container& container)
      : base_(bundle_of(container) + "/exec-" + random_hex(6)) {}
  ~ExecFiles() {
    for (const char* suffix : {".json", ".log", ".sock"}) ::unlink((base_ + suffix).c_str());
  }
  ExecFiles(const ExecFiles&) = delete;
  ExecFiles& operator=(const ExecFiles&) = delete;

  [[nodiscard]] std::string name(const char* suffix) const {
    return base_.substr(base_.rfind('/') + 1) + suffix;
  }
  [[nodiscard]] std::string path(const char* suffix) const { return base_ + suffix; }

 private:
  std::string base_;
};

// The runtime's `exec`, which ends as the process does.
ProcessOptions exec_options(const Container& container, const std::string& runtime_program,
                            const ExecRequest& request, const ExecFiles& files, int process_fd) {
  if (container.state.paused) {
    throw Error(
        ErrorCode::kConflict,
        fmt::format("Container {} is paused, unpause the container before exec", container.id));
  }
  const UniqueFd file = open_file(files.path(".json"), O_WRONLY | O_CREAT | O_EXCL);
  write_all(file.get(), process_json(container, request), files.path(".json"));
  ProcessOptions options =
      runtime_options(container, runtime_program, {}, process_fd, files.name(".log"));
  options.argv.insert(options.argv.end(), {"exec", "--process", files.path(".json")});
  return options;
}

// What the runtime says about a process that it could not start.
void throw_if_not_started(const ExecFiles& files, const ExecRequest& request) {
  const std::string log = files.path(".log");
  if (!path_exists(log)) return;
  const std::string message = last_error(read_file(log, kMaxRuntimeLogBytes));
  if (!message.empty()) throw_runtime_failure(message, request.arguments.front());
}

}  // namespace

CapturedOutput exec_captured(const Container& container, const std::string& runtime_program,
                             const ExecRequest& request, std::stop_token stop,
                             std::size_t max_output_bytes) {
  const UniqueFd process = open_running(container);
  const ExecFiles files(container);
  ProcessOptions options = exec_options(container, runtime_program, request, files, process.get());
  options.argv.push_back(container.id);
  options.own_process_group = true;
  CapturedOutput done = run_captured(std::move(options), std::move(stop), max_output_bytes);
  if (!done.status.success()) throw_if_not_started(files, request);
  return done;
}

void exec_detached(const Container& container, const std::string& runtime_program,
                   const ExecRequest& request) {
  const UniqueFd process = open_running(container);
  const ExecFiles files(container);
  const UniqueFd nothing = open_file("/dev/null", O_RDWR);
  ProcessOptions options = exec_options(container, runtime_program, request, files, process.get());
  options.argv.insert(options.argv.end(), {"--detach", container.id});
  options.stdout_fd = options.stderr_fd = nothing.get();
  if (!ChildProcess::spawn(options).wait().success()) throw_if_not_started(files, request);
}

namespace {

// A terminal lives as long as somebody holds it, and reads what is written to it. In a process of
// its own, which ends with the last program on the terminal.
void leave_terminal_to_itself(UniqueFd master) {
  const pid_t pid = ::fork();
  if (pid < 0) throw_errno("leave the terminal to itself");
  if (pid > 0) return;
  ::setsid();
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
  // Nothing else of ours may live on in here, least of all a lock.
  constexpr int kKept = STDERR_FILENO + 1;
  ::dup2(master.get(), kKept);
  ::syscall(SYS_close_range, static_cast<unsigned>(kKept + 1), ~0u, 0u);
  ::fcntl(kKept, F_SETFL, 0);
  std::array<char, 4096> unread = {};
  while (::read(kKept, unread.data(), unread.size()) > 0) {
  }
  ::_exit(0);
}

}  // namespace

int exec_in_foreground(const Container& container, const std::string& runtime_program,
                       const ExecRequest& request, bool interactive) {
  const ExecFiles files(container);
  const ContainerIo io = {.stdin_fd = interactive ? STDIN_FILENO : -1,
                          .stdout_fd = STDOUT_FILENO,
                          .stderr_fd = STDERR_FILENO};
  Streams streams(io, request.terminal);
  const UniqueFd process = open_running(container);
  ProcessOptions options = exec_options(container, runtime_program, request, files, process.get());
  options.own_process_group = true;
  streams.give_to(options);
  std::optional<ConsoleSocket> console;
  if (request.terminal) {
    console.emplace(bundle_of(container), files.name(".sock"));
    options.argv.insert(options.argv.end(), {"--tty", "--console-socket", files.name(".sock")});
  }
  options.argv.push_back(container.id);
  options.die_with_parent = !request.terminal;  // it may be left
  DetachKeys keys(request.terminal ? parse_detach_keys(request.detach_keys) : std::string());
  const UniqueFd signals = take_forwarded_signals();
  ChildProcess child = ChildProcess::spawn(options);
  streams.close_given();
  Supervisor supervisor(child, {.signal_fd = signals.get(),
                                .stop_signal = SIGTERM,
                                .console = console ? &*console : nullptr,
                                .terminal_in = io.stdin_fd,
                                .terminal_out = STDOUT_FILENO,
                                .detach_keys = &keys,
                                .companion = nullptr});
  for (Relay& relay : streams.inputs) supervisor.add_input(std::move(relay));
  for (Relay& relay : streams.outputs) supervisor.add_output(std::move(relay));
  const Outcome outcome = supervisor.run({});
  if (outcome.detached) {
    child.release();
    leave_terminal_to_itself(supervisor.take_terminal());
    return 0;
  }
  if (!outcome.status.success()) throw_if_not_started(files, request);
  return outcome.status.exit_code();
}

namespace {

// `arguments` are a command of the runtime and its options.
void run_about(const Container& container, const std::string& runtime_program,
               const std::vector<std::string>& arguments) {
  const UniqueFd process = open_running(container);
  const std::string& command = arguments.front();
  const std::string log = command + ".log";
  ProcessOptions options = runtime_options(container, runtime_program, {}, process.get(), log);
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.argv.push_back(container.id);
  const CapturedOutput done = run_captured(std::move(options));
  const std::string path = bundle_of(container) + "/" + log;
  const std::string message =
      path_exists(path) ? last_error(read_file(path, kMaxRuntimeLogBytes)) : std::string();
  ::unlink(path.c_str());
  if (done.status.success()) return;
  throw Error(ErrorCode::kIo, fmt::format("the runtime could not {} the container: {}", command,
                                          message.empty() ? done.standard_error : message));
}

}  // namespace

void run_runtime_command(const Container& container, const std::string& runtime_program,
                         const std::string& command) {
  run_about(container, runtime_program, {command});
}

void update_limits(const Container& container, const std::string& runtime_program,
                   const ResourceLimits& limits) {
  const ExecFiles files(container);
  const UniqueFd file = open_file(files.path(".json"), O_WRONLY | O_CREAT | O_EXCL);
  write_all(file.get(), limits_json(limits).dump(), files.path(".json"));
  run_about(container, runtime_program, {"update", "--resources", files.path(".json")});
}

}  // namespace estiba::run
