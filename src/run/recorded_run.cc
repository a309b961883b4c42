#include "run/recorded_run.h"

#include "base/error.h"
#include "base/fd.h"
#include "fs/tree.h"
#include "run/network.h"
#include "run/signals.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::run {
namespace {

// In /dev, which is always ours.
constexpr const char* kInitPath = "/dev/init";

class Attached {
 public:
  Attached(Network& network, ContainerSpec& spec) : network_(network) {
    try {
      network_.attach(spec);
    } catch (...) {
      detach();
      throw;
    }
  }
  ~Attached() { detach(); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  void detach() {
    try {
      network_.detach();
    } catch (const Error&) {
      // The next start or removal tries again; the container's own end counts.
      return;
    }
  }

  Network& network_;
};

std::string init_program() {
  for (const char* name : {"catatonit", "tini", "docker-init"}) {
    if (const auto program = find_program(name)) return *program;
  }
  throw Error(ErrorCode::kNotFound, "--init needs an init program, which is not installed",
              "install catatonit: apt-get install catatonit");
}

}  // namespace

void RecordedRun::prepare() {
  // What a killed keeper left there would stand in the runtime's way.
  fs::remove_tree(bundle());
  make_directories(bundle(), 0700);
}

ContainerSpec RecordedRun::describe(const std::string& root_directory) const {
  const ContainerRecord& record = container_.record;
  const RunOptions& options = record.options;
  ContainerSpec spec;
  spec.id = record.id;
  spec.root_directory = root_directory;
  spec.hostname = record.hostname;
  spec.arguments = record.process.arguments;
  spec.environment = record.process.environment;
  spec.working_directory = record.process.working_directory;
  spec.user = record.process.user;
  spec.terminal = options.terminal;
  spec.host = options.host;
  if (options.stop_signal) spec.stop_signal = parse_signal(*options.stop_signal);
  spec.mounts =
      prepare_volumes(environment_.store.root() + "/volumes", root_directory, options.volumes);
  spec.pid_namespace_of = process_of(options.host.namespaces.pid);
  spec.ipc_namespace_of = process_of(options.host.namespaces.ipc);
  spec.network_namespace_of = process_of(options.network);
  if (options.init) add_init(spec);
  return spec;
}

std::optional<pid_t> RecordedRun::process_of(std::string_view shared) const {
  constexpr std::string_view kPrefix = "container:";
  if (!shared.starts_with(kPrefix)) return {};
  const Container other = Containers(environment_.store).find(shared.substr(kPrefix.size()));
  if (!other.active() || other.state.pid <= 0) {
    throw Error(ErrorCode::kConflict, "cannot join the namespace of a non running container: " +
                                          std::string(shared.substr(kPrefix.size())));
  }
  return other.state.pid;
}

void RecordedRun::add_init(ContainerSpec& spec) const {
  spec.mounts.push_back({.source = init_program(), .destination = kInitPath, .read_only = true});
  spec.arguments.insert(spec.arguments.begin(), {kInitPath, "--"});
}

ExitStatus RecordedRun::run(const ContainerIo& io, std::stop_token stop) {
  const store::Image image = environment_.store.images().get(container_.record.image);
  using Upper = store::SnapshotMounter::Upper;
  const store::Snapshot snapshot = environment_.mounter.mount_writable(
      image.config.diff_ids, container_.directory, stop,
      container_.record.options.remove ? Upper::kEphemeral : Upper::kKept);
  ContainerSpec spec = describe(snapshot.path());
  const auto network =
      make_network(environment_.store.root(), container_.id, container_.record.options);
  const Attached attached(*network, spec);
  return environment_.runtime.run(spec, io, bundle(), std::move(stop));
}

}  // namespace estiba::run
