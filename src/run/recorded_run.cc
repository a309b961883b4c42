#include "run/recorded_run.h"

#include <algorithm>

#include "base/error.h"
#include "base/fd.h"
#include "fs/root_dir.h"
#include "fs/tree.h"
#include "run/cgroup_warm_up.h"
#include "run/chown_tree.h"
#include "run/network.h"
#include "run/signals.h"
#include "run/user.h"
#include "run/volume_sources.h"
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

ContainerSpec RecordedRun::describe(const std::string& root_directory,
                                    VolumeSources& sources) const {
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
  const std::string volumes_directory = environment_.store.root() + "/volumes";
  spec.mounts =
      prepare_volumes({.volumes_directory = volumes_directory, .root_directory = root_directory},
                      options.volumes, sources);
  give_volumes_away(spec);
  spec.pid_namespace_of = process_of(options.host.namespaces.pid);
  spec.ipc_namespace_of = process_of(options.host.namespaces.ipc);
  spec.network_namespace_of = process_of(options.network);
  if (options.init) add_init(spec);
  return spec;
}

void RecordedRun::give_volumes_away(const ContainerSpec& spec) const {
  for (const VolumeRequest& volume : container_.record.options.volumes) {
    if (!volume.change_owner) continue;
    const ResolvedUser user = resolve_user(fs::RootDir::open(spec.root_directory), spec.user);
    const auto mount = std::ranges::find(spec.mounts, volume.destination, &BindMount::destination);
    chown_tree(mount->source, user.uid, user.gid);
  }
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
  const CgroupWarmUp warm_up;
  const store::Image image = environment_.store.images().get(container_.record.image);
  using Upper = store::SnapshotMounter::Upper;
  const store::Snapshot snapshot = environment_.mounter.mount_writable(
      image.config.diff_ids, container_.directory, stop,
      container_.record.options.remove ? Upper::kEphemeral : Upper::kKept);
  VolumeSources sources(bundle(), [&](const std::string& id) {
    const store::Image mounted = environment_.store.images().find(id);
    return environment_.mounter.mount_read_only(mounted.config.diff_ids, stop);
  });
  ContainerSpec spec = describe(snapshot.path(), sources);
  const auto network =
      make_network(environment_.store.root(), container_.id, container_.record.options);
  const Attached attached(*network, spec);
  return environment_.runtime.run(spec, io, bundle(), std::move(stop));
}

}  // namespace estiba::run
