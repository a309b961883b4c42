#include "run/container.h"

#include <limits.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "fs/temp.h"
#include "run/container_record.h"
#include "run/network.h"
#include "run/signals.h"
#include "run/terminal.h"
#include "store/container_index.h"
#include "store/image_store.h"
#include "store/lease.h"
#include "store/snapshot.h"
#include "store/store.h"

namespace estiba::run {
namespace {

// docker's exit code for a container that could not be started for other reasons than its program.
constexpr int kNotStarted = 125;

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name = {};
  if (::gethostname(name.data(), name.size() - 1) != 0) throw_errno("read the host's name");
  return name.data();
}

// A container whose record and changes stay.
class KeptContainer {
 public:
  KeptContainer(store::Store& store, ContainerRecord record)
      : store_(store),
        record_(std::move(record)),
        directory_(store.root() + "/containers/" + record_.id) {
    store_.containers().add(record_.id, record_.image, record_.name);
    make_directories(directory_, 0700);
    write_record(directory_, record_);
  }

  [[nodiscard]] const std::string& directory() const { return directory_; }

  void started(std::vector<std::string> anonymous_volumes) {
    record_.anonymous_volumes = std::move(anonymous_volumes);
    record_.started = now();
    record_.state = ContainerState::kRunning;
    write_record(directory_, record_);
  }

  void ended(int exit_code, const std::string& error) {
    record_.finished = now();
    record_.state = record_.started ? ContainerState::kExited : ContainerState::kCreated;
    record_.exit_code = exit_code;
    record_.error = error;
    write_record(directory_, record_);
  }

 private:
  store::Store& store_;
  ContainerRecord record_;
  std::string directory_;
};

class Detached {
 public:
  explicit Detached(Network& network) : network_(network) {}
  ~Detached() { network_.detach(); }
  Detached(const Detached&) = delete;
  Detached& operator=(const Detached&) = delete;

 private:
  Network& network_;
};

// The run of one container, from its file system to its end.
class ForegroundRun {
 public:
  ForegroundRun(const RunEnvironment& environment, const store::Image& image,
                const RunOptions& options, int signal_fd)
      : environment_(environment), image_(image), options_(options), signal_fd_(signal_fd) {
    describe();
  }

  int run_removed(std::stop_token stop);
  int run_kept(std::stop_token stop);

 private:
  void describe();
  [[nodiscard]] ContainerRecord record() const;
  [[nodiscard]] std::string volumes_directory() const;
  [[nodiscard]] ContainerIo io() const;
  PreparedVolumes prepare(const std::string& root_directory);
  // In `directory` come upper/, work/ and bundle/. `on_start` is told the anonymous volumes.
  template <typename OnStart>
  int run_in(const std::string& directory, store::SnapshotMounter::Upper upper, OnStart on_start,
             std::stop_token stop);

  const RunEnvironment& environment_;
  const store::Image& image_;
  const RunOptions& options_;
  int signal_fd_;
  ContainerSpec spec_;
};

void ForegroundRun::describe() {
  spec_.id = new_container_id();
  spec_.hostname = options_.hostname;
  if (spec_.hostname.empty() && options_.network == "host") {
    spec_.hostname = host_name();
  }
  if (spec_.hostname.empty()) spec_.hostname = spec_.id.substr(0, 12);

  const ContainerConfig& config = image_.config.config;
  RunOverrides overrides = options_.process;
  overrides.hostname = spec_.hostname;
  overrides.terminal = options_.terminal;
  EffectiveProcess process = effective_process(config, overrides);
  spec_.arguments = std::move(process.arguments);
  spec_.environment = std::move(process.environment);
  spec_.working_directory = std::move(process.working_directory);
  spec_.user = std::move(process.user);
  spec_.terminal = options_.terminal;
  spec_.host = options_.host;
  const std::string stop_signal = options_.stop_signal.value_or(config.stop_signal);
  if (!stop_signal.empty()) spec_.stop_signal = parse_signal(stop_signal);
}

ContainerRecord ForegroundRun::record() const {
  return {.id = spec_.id,
          .name = options_.name,
          .image = image_.id,
          .image_name = options_.image_name,
          .command = spec_.arguments,
          .anonymous_volumes = {},
          .created = now(),
          .started = {},
          .finished = {},
          .state = ContainerState::kCreated,
          .exit_code = {},
          .error = {}};
}

std::string ForegroundRun::volumes_directory() const {
  return environment_.store.root() + "/volumes";
}

ContainerIo ForegroundRun::io() const {
  return {.stdin_fd = options_.interactive ? STDIN_FILENO : -1,
          .stdout_fd = STDOUT_FILENO,
          .stderr_fd = STDERR_FILENO,
          .signal_fd = signal_fd_};
}

PreparedVolumes ForegroundRun::prepare(const std::string& root_directory) {
  spec_.root_directory = root_directory;
  PreparedVolumes volumes = prepare_volumes(volumes_directory(), root_directory, options_.volumes,
                                            image_.config.config.volumes);
  spec_.mounts = volumes.mounts;
  return volumes;
}

template <typename OnStart>
int ForegroundRun::run_in(const std::string& directory, store::SnapshotMounter::Upper upper,
                          OnStart on_start, std::stop_token stop) {
  const store::Snapshot snapshot =
      environment_.mounter.mount_writable(image_.config.diff_ids, directory, stop, upper);
  on_start(prepare(snapshot.path()).anonymous);
  const std::string bundle = directory + "/bundle";
  make_directories(bundle, 0700);
  const auto network = make_network(environment_.store.root(), spec_.id, options_);
  network->attach(spec_);
  const Detached detached(*network);
  return environment_.runtime.run(spec_, io(), bundle, std::move(stop)).exit_code();
}

// It lives in the store's temporary area, where what a killed process left is swept.
int ForegroundRun::run_removed(std::stop_token stop) {
  const auto lease = environment_.store.lease();
  lease->keep_image(image_.id);
  fs::TemporaryDirectory directory = environment_.store.temporary_directory();
  std::vector<std::string> anonymous;
  const auto remove = [&] {
    for (const std::string& name : anonymous) remove_volume(volumes_directory(), name);
    environment_.store.discard_tree(directory.release());
  };
  try {
    const int exit_code = run_in(
        directory.path(), store::SnapshotMounter::Upper::kEphemeral,
        [&](std::vector<std::string> made) { anonymous = std::move(made); }, std::move(stop));
    remove();
    return exit_code;
  } catch (const Error&) {
    remove();
    throw;
  }
}

int ForegroundRun::run_kept(std::stop_token stop) {
  KeptContainer container(environment_.store, record());
  try {
    const int exit_code = run_in(
        container.directory(), store::SnapshotMounter::Upper::kKept,
        [&](std::vector<std::string> made) { container.started(std::move(made)); },
        std::move(stop));
    container.ended(exit_code, "");
    return exit_code;
  } catch (const StartError& error) {
    container.ended(error.exit_code(), error.message());
    throw;
  } catch (const Error& error) {
    container.ended(kNotStarted, error.message());
    throw;
  }
}

}  // namespace

int run_foreground(const RunEnvironment& environment, const store::Image& image,
                   const RunOptions& options, int signal_fd, std::stop_token stop) {
  if (options.terminal && options.interactive && !is_terminal(STDIN_FILENO)) {
    throw Error(ErrorCode::kInvalidArgument, "the input device is not a TTY",
                "leave out -t when the input is not a terminal");
  }
  ForegroundRun run(environment, image, options, signal_fd);
  return options.remove ? run.run_removed(std::move(stop)) : run.run_kept(std::move(stop));
}

}  // namespace estiba::run
