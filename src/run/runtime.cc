// A container is started by `crun run` (or runc) in a pid namespace of its own, whose first process
// the runtime is: the kernel kills everything in it when the runtime ends, and kills the runtime
// when we end. So no supervising process is needed, and a kill -9 of us leaves no container behind.
// `crun create` and `start` would leave the container without such a parent.
#include "run/runtime.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "base/fd.h"
#include "fs/host_mount.h"
#include "fs/mount.h"
#include "fs/root_dir.h"
#include "fs/user_namespace.h"
#include "run/cgroup_warm_up.h"
#include "run/cgroups.h"
#include "run/etc_files.h"
#include "run/limits.h"
#include "run/mount_points.h"
#include "run/process_config.h"
#include "run/program_lookup.h"
#include "run/runtime_log.h"
#include "run/sealed_program.h"
#include "run/spec_json.h"
#include "run/streams.h"
#include "run/supervisor.h"
#include "run/terminal.h"

namespace estiba::run {
namespace {

constexpr const char* kSharedMemory = "/dev/shm";
constexpr const char* kConsoleName = "console.sock";

// Where the kernel's file systems are mounted; what lies in /dev is made by the runtime.
constexpr const char* kKernelMountPoints[] = {"/proc", "/dev", "/sys"};

// One container on its way through run().
class Launch {
 public:
  Launch(const std::string& program, const ContainerSpec& spec, const ContainerIo& io,
         const std::string& state_directory)
      : program_(program),
        spec_(spec),
        io_(io),
        directory_(state_directory),
        root_(fs::RootDir::open(spec.root_directory)),
        mount_points_(root_),
        resolved_{.spec = spec,
                  .user = resolve_user(root_, spec.user),
                  .environment = spec.environment,
                  .working_directory = spec.working_directory,
                  .hostname = spec.hostname,
                  .mounts = {},
                  .namespace_files = {},
                  .cgroups = prepare_cgroups(),
                  .cgroup_path = cgroup_path(spec.id),
                  .window = {}} {
    add_groups(root_, spec.host.additional_groups, resolved_.user);
    refuse_unmapped_ids();
  }

  void prepare();
  ExitStatus run(std::stop_token stop);

 private:
  void refuse_unmapped_ids() const;
  void resolve_process();
  void share_memory();
  void collect_mounts();
  void make_mount_points();
  std::string namespace_file(std::optional<pid_t> process, const char* kind);
  void check_program_exists() const;
  [[nodiscard]] bool is_mount_point_below(const std::string& path) const;
  [[nodiscard]] std::string variable(std::string_view key) const;
  [[nodiscard]] ProcessOptions runtime_command() const;
  [[nodiscard]] Outcome supervise(std::stop_token stop);
  [[nodiscard]] bool started() const { return path_exists(directory_ + "/pid"); }
  [[nodiscard]] int terminal_out() const { return io_.stdout_fd >= 0 ? io_.stdout_fd : 1; }

  const std::string& program_;
  const ContainerSpec& spec_;
  const ContainerIo& io_;
  const std::string& directory_;
  fs::RootDir root_;
  MountPoints mount_points_;
  std::vector<fs::Mount> namespace_mounts_;
  ResolvedSpec resolved_;
};

std::string Launch::variable(std::string_view key) const {
  const std::string prefix = std::string(key) + "=";
  for (const std::string& entry : resolved_.environment) {
    if (entry.starts_with(prefix)) return entry.substr(prefix.size());
  }
  return {};
}

void Launch::prepare() {
  if (spec_.arguments.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "no command specified");
  }
  if (spec_.host.limits.any() && !resolved_.cgroups.usable) {
    throw Error(ErrorCode::kUnsupported, "limits need cgroups, which cannot be made here",
                "run as root on a host with /sys/fs/cgroup mounted writable");
  }
  resolve_process();
  collect_mounts();
  make_mount_points();
  check_program_exists();
  if (spec_.terminal && io_.companion == nullptr) resolved_.window = window_size(terminal_out());
  sweep_cgroups(resolved_.cgroups);
  resolved_.namespace_files = {.pid = namespace_file(spec_.pid_namespace_of, "pid"),
                               .ipc = namespace_file(spec_.ipc_namespace_of, "ipc"),
                               .network = namespace_file(spec_.network_namespace_of, "net")};
  if (!spec_.network_namespace.empty()) {
    resolved_.namespace_files.network = spec_.network_namespace;
  }
  const std::string config = directory_ + "/config.json";
  const UniqueFd file = open_file(config, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(file.get(), runtime_spec_json(resolved_), config);
}

// In a user namespace with few ids the runtime would only say "invalid argument".
void Launch::refuse_unmapped_ids() const {
  const ResolvedUser& user = resolved_.user;
  if (fs::has_user(user.uid) && fs::has_group(user.gid) &&
      std::ranges::all_of(user.additional_gids, fs::has_group)) {
    return;
  }
  throw Error(ErrorCode::kUnsupported,
              fmt::format("the user {} (id {}, group {}) has ids that do not exist here",
                          spec_.user.empty() ? "root" : spec_.user, user.uid, user.gid),
              fs::hint_for_more_ids());
}

void Launch::resolve_process() {
  if (resolved_.hostname.empty()) resolved_.hostname = spec_.id.substr(0, 12);
  if (resolved_.working_directory.empty()) resolved_.working_directory = "/";
  if (variable("HOME").empty()) {
    std::erase(resolved_.environment, "HOME=");
    resolved_.environment.push_back("HOME=" + resolved_.user.home);
  }
}

// The runtime's /proc has other numbers than ours, so it is given a file that is the namespace.
std::string Launch::namespace_file(std::optional<pid_t> process, const char* kind) {
  if (!process) return {};
  std::string path = fmt::format("{}/{}-namespace", directory_, kind);
  write_all(open_file(path, O_WRONLY | O_CREAT | O_TRUNC).get(), "", path);
  namespace_mounts_.push_back(
      fs::mount_bind({.source = fmt::format("/proc/{}/ns/{}", *process, kind), .target = path}));
  return path;
}

// POSIX's shared memory is what lies in /dev/shm: whose namespace it is says nothing about that.
void Launch::share_memory() {
  if (spec_.host.namespaces.ipc == "host") {
    resolved_.mounts.push_back({.source = kSharedMemory, .destination = kSharedMemory});
  } else if (spec_.ipc_namespace_of) {
    std::string place = directory_ + "/shm";
    make_directories(place, 0700);
    namespace_mounts_.push_back(
        fs::mount_of_process(*spec_.ipc_namespace_of, kSharedMemory, place));
    resolved_.mounts.push_back({.source = std::move(place), .destination = kSharedMemory});
  }
}

void Launch::collect_mounts() {
  const auto is_given = [&](const BindMount& file) {
    return std::ranges::any_of(spec_.mounts, [&](const BindMount& mount) {
      return mount.destination == file.destination;
    });
  };
  for (BindMount& file : write_etc_files(directory_, spec_, resolved_.hostname)) {
    if (!is_given(file)) resolved_.mounts.push_back(std::move(file));
  }
  share_memory();
  resolved_.mounts.insert(resolved_.mounts.end(), spec_.mounts.begin(), spec_.mounts.end());
}

// What lies in another mount is made there, by the runtime.
bool Launch::is_mount_point_below(const std::string& path) const {
  const auto below = [&](std::string_view directory) {
    return path.size() > directory.size() && path.starts_with(directory) &&
           path[directory.size()] == '/';
  };
  return std::ranges::any_of(kKernelMountPoints, below) ||
         std::ranges::any_of(spec_.host.tmpfs_mounts, below, &TmpfsMount::destination) ||
         std::ranges::any_of(resolved_.mounts, below, &BindMount::destination);
}

void Launch::make_mount_points() {
  const auto ensure = [&](const std::string& path, MountPointKind kind) {
    if (!is_mount_point_below(path)) mount_points_.ensure({.path = path, .kind = kind});
  };
  for (const char* path : kKernelMountPoints) {
    // Not left to the runtime: crun follows such a link out of the root.
    const auto status = root_.lstat(path);
    if (status && !S_ISDIR(status->st_mode)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} of the image must be a directory, not a link or file", path));
    }
    ensure(path, MountPointKind::kDirectory);
  }
  for (const TmpfsMount& mount : spec_.host.tmpfs_mounts) {
    ensure(mount.destination, MountPointKind::kDirectory);
  }
  for (BindMount& mount : resolved_.mounts) {
    struct stat status = {};
    if (::stat(mount.source.c_str(), &status) != 0) {
      throw Error(ErrorCode::kNotFound, "bind source path does not exist: " + mount.source);
    }
    mount.is_directory = S_ISDIR(status.st_mode);
    ensure(mount.destination,
           mount.is_directory ? MountPointKind::kDirectory : MountPointKind::kFile);
  }
  // Unlike a mount point the working directory stays, as docker has it.
  if (!is_mount_point_below(resolved_.working_directory)) {
    root_.make_directories(resolved_.working_directory, {});
  }
}

void Launch::check_program_exists() const {
  ProgramQuery query{.program = spec_.arguments.front(),
                     .search_path = variable("PATH"),
                     .working_directory = resolved_.working_directory,
                     .mount_points = {}};
  if (query.search_path.empty()) query.search_path = kDefaultPath;
  for (const char* path : kKernelMountPoints) query.mount_points.emplace_back(path);
  for (const TmpfsMount& mount : spec_.host.tmpfs_mounts)
    query.mount_points.push_back(mount.destination);
  for (const BindMount& mount : resolved_.mounts) query.mount_points.push_back(mount.destination);
  check_program(root_, query);
}

ProcessOptions Launch::runtime_command() const {
  const bool is_crun = program_.ends_with("/crun");
  ProcessOptions options;
  options.argv = {
      program_,       "--root", directory_ + "/runtime", "--log", directory_ + "/runtime.log",
      "--log-format", "json"};
  if (is_crun && !resolved_.cgroups.usable) options.argv.emplace_back("--cgroup-manager=disabled");
  options.argv.insert(options.argv.end(), {"run", "--pid-file", "pid", "--bundle", directory_});
  if (spec_.terminal) options.argv.insert(options.argv.end(), {"--console-socket", kConsoleName});
  options.argv.push_back(spec_.id);
  // Nothing of our environment steers the runtime (LISTEN_FDS, XDG_RUNTIME_DIR).
  options.environment = {std::string("PATH=") + kDefaultPath};
  options.replace_environment = true;
  options.working_directory = directory_;
  options.own_process_group = true;
  // Inside of one it could not enter the host's or another container's.
  options.own_pid_namespace = spec_.host.namespaces.pid.empty();
  return options;
}

Outcome Launch::supervise(std::stop_token stop) {
  Streams streams(io_, spec_.terminal);
  std::optional<ConsoleSocket> console;
  if (spec_.terminal) console.emplace(directory_, kConsoleName);
  ProcessOptions options = runtime_command();
  const UniqueFd sealed = sealed_program(program_);
  if (sealed) options.argv.front() = fmt::format("/proc/self/fd/{}", sealed.get());
  streams.give_to(options);
  ChildProcess runtime = ChildProcess::spawn(options);
  streams.close_given();
  Supervisor supervisor(runtime, {.signal_fd = io_.signal_fd,
                                  .stop_signal = spec_.stop_signal.value_or(SIGTERM),
                                  .console = console ? &*console : nullptr,
                                  .terminal_in = io_.stdin_fd,
                                  .terminal_out = terminal_out(),
                                  .companion = io_.companion});
  for (Relay& relay : streams.inputs) supervisor.add_input(std::move(relay));
  for (Relay& relay : streams.outputs) supervisor.add_output(std::move(relay));
  return supervisor.run(std::move(stop));
}

ExitStatus Launch::run(std::stop_token stop) {
  const Outcome outcome = supervise(std::move(stop));
  // A runtime that was killed could not tidy up.
  if (WIFSIGNALED(outcome.status.wait_status)) {
    remove_cgroup(resolved_.cgroups, resolved_.cgroup_path);
  }
  if (io_.companion != nullptr && started()) io_.companion->see_start();
  if (outcome.stopped) throw Error(ErrorCode::kCancelled, "the container was stopped");
  if (outcome.status.success() || started()) return outcome.status;
  const std::string log = directory_ + "/runtime.log";
  throw_runtime_failure(
      path_exists(log) ? last_error(read_file(log, kMaxRuntimeLogBytes)) : std::string(),
      spec_.arguments.front());
}

}  // namespace

OciRuntime OciRuntime::find(const std::string& preferred) {
  if (!preferred.empty()) {
    if (auto program = find_program(preferred)) return OciRuntime(std::move(*program));
    throw Error(ErrorCode::kNotFound,
                fmt::format("the runtime \"{}\" is not installed", preferred));
  }
  for (const char* name : {"crun", "runc"}) {
    if (auto program = find_program(name)) return OciRuntime(std::move(*program));
  }
  throw Error(ErrorCode::kNotFound, "no container runtime is installed",
              "install crun: apt-get install crun");
}

ExitStatus OciRuntime::run(const ContainerSpec& spec, const ContainerIo& io,
                           const std::string& state_directory, std::stop_token stop) const {
  const CgroupWarmUp warm_up;
  Launch launch(program_, spec, io, state_directory);
  launch.prepare();
  return launch.run(std::move(stop));
}

}  // namespace estiba::run
