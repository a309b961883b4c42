#include "build/steps/run_mounts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/fd.h"
#include "build/cache_key.h"
#include "build/limits.h"
#include "run/copy_tree.h"

namespace estiba::build {
namespace {

using dockerfile::MountType;

std::string id_of(const dockerfile::Mount& mount) {
  if (!mount.id.empty()) return mount.id;
  if (mount.type == MountType::kSecret && !mount.source.empty()) return mount.source;
  if (mount.type == MountType::kSsh) return "default";
  return mount.type == MountType::kSecret ? mount.target.substr(mount.target.rfind('/') + 1)
                                          : mount.target;
}

store::CacheSharing sharing_of(const dockerfile::Mount& mount) {
  switch (mount.sharing.value_or(dockerfile::MountSharing::kShared)) {
    case dockerfile::MountSharing::kPrivate:
      return store::CacheSharing::kPrivate;
    case dockerfile::MountSharing::kLocked:
      return store::CacheSharing::kLocked;
    case dockerfile::MountSharing::kShared:
      break;
  }
  return store::CacheSharing::kShared;
}

std::string secret_value(const SecretSource& source, const std::string& id) {
  if (source.file.empty()) {
    const char* value = std::getenv(source.variable.c_str());
    return value == nullptr ? "" : value;
  }
  return with_context([&] { return "reading the secret " + id; },
                      [&] { return read_file(source.file, kMaxSecretBytes); });
}

void write_owned_file(const std::string& path, std::string_view content, unsigned mode,
                      const dockerfile::Mount& owner) {
  const UniqueFd file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  write_all(file.get(), content, path);
  if (::fchown(file.get(), owner.user_id.value_or(0), owner.group_id.value_or(0)) != 0 ||
      ::fchmod(file.get(), mode) != 0) {
    throw_errno("set the owner and mode of a mounted file");
  }
}

}  // namespace

std::string describe_mount(const dockerfile::Mount& mount) {
  std::string text = fmt::format("type={},target={}", mount_type_name(mount.type), mount.target);
  if (!mount.id.empty()) text += ",id=" + mount.id;
  if (!mount.source.empty()) text += ",source=" + mount.source;
  if (mount.environment) text += ",env=" + *mount.environment;
  if (mount.size_limit_bytes) text += fmt::format(",size={}", *mount.size_limit_bytes);
  if (mount.mode) text += fmt::format(",mode={:o}", *mount.mode);
  if (mount.user_id) text += fmt::format(",uid={}", *mount.user_id);
  if (mount.group_id) text += fmt::format(",gid={}", *mount.group_id);
  return text + (mount.read_only ? ",ro" : ",rw");
}

RunMounts::RunMounts(const StepContext& context, const RunOperation& operation,
                     std::vector<const StepResult*> inputs, std::string state_directory)
    : context_(context),
      operation_(operation),
      inputs_(std::move(inputs)),
      state_directory_(std::move(state_directory)) {}

RunMounts::~RunMounts() = default;

void RunMounts::add_to(run::ContainerSpec& spec) {
  hold_caches();
  for (const RunMount& mount : operation_.mounts) {
    switch (mount.mount.type) {
      case MountType::kBind:
        add_bind(mount, spec);
        break;
      case MountType::kCache:
        add_cache(mount, spec);
        break;
      case MountType::kTmpfs:
        spec.host.tmpfs_mounts.push_back({.destination = mount.mount.target,
                                          .size_bytes = mount.mount.size_limit_bytes.value_or(0),
                                          .executable = true});
        break;
      case MountType::kSecret:
        add_secret(mount.mount, spec);
        break;
      case MountType::kSsh:
        add_ssh(mount.mount, spec);
        break;
    }
  }
  if (operation_.script) add_script(spec);
}

std::string RunMounts::new_directory() {
  const std::string path = fmt::format("{}/mount-{}", state_directory_, directories_++);
  make_directories(path, 0700);
  return path;
}

// Secrets never reach a disk.
const std::string& RunMounts::memory_directory() {
  if (!memory_.mounted()) {
    memory_ =
        fs::mount_tmpfs({.target = new_directory(), .size_bytes = kMaxSecretsBytes, .mode = 0700});
  }
  return memory_.target();
}

std::string RunMounts::make_bundle_directory(const std::string& name) {
  const std::string path =
      (has_secret_variable_ ? memory_directory() : state_directory_) + "/" + name;
  make_directories(path, 0700);
  return path;
}

// Writes into what is mounted read-write are the step's alone and go with it.
void RunMounts::add_bind(const RunMount& mount, run::ContainerSpec& spec) {
  const std::vector<Digest>& layers = inputs_.at(*mount.input)->image.diff_ids;
  store::SnapshotMounter& mounter = context_.environment.mounter;
  snapshots_.push_back(mount.mount.read_only
                           ? mounter.mount_read_only(layers, context_.stop)
                           : mounter.mount_writable(layers, new_directory(), context_.stop,
                                                    store::SnapshotMounter::Upper::kEphemeral));
  const std::string& root = snapshots_.back().path();
  const fs::RootDir directory = fs::RootDir::open(root);
  if (!directory.stat(mount.source_path)) {
    throw Error(ErrorCode::kNotFound, fmt::format("--mount={}: {}: no such file or directory",
                                                  mount.mount.text, mount.mount.source));
  }
  const std::string inside = directory.resolve(mount.source_path);
  spec.mounts.push_back({.source = inside.empty() ? root : root + "/" + inside,
                         .destination = mount.mount.target,
                         .read_only = mount.mount.read_only});
}

store::CacheMountRequest RunMounts::cache_request(const RunMount& mount) {
  const dockerfile::Mount& wanted = mount.mount;
  const StepResult* from = mount.input ? inputs_.at(*mount.input) : nullptr;
  store::CacheMountRequest request{
      .identity = KeyHasher("cache mount")
                      .add("id", id_of(wanted))
                      .add("owner", fmt::format("{}:{}", wanted.user_id.value_or(0),
                                                wanted.group_id.value_or(0)))
                      .add("mode", fmt::format("{:o}", wanted.mode.value_or(0755)))
                      .add("from", from == nullptr ? "" : stack_name(from->image.diff_ids))
                      .add("source", mount.source_path)
                      .finish(),
      .description = id_of(wanted),
      .sharing = sharing_of(wanted),
      .fill = {}};
  request.fill = [this, &mount, from](const std::string& directory) {
    const dockerfile::Mount& filled = mount.mount;
    if (from != nullptr) {
      const store::Snapshot snapshot =
          context_.environment.mounter.mount_read_only(from->image.diff_ids, context_.stop);
      const fs::RootDir root = fs::RootDir::open(snapshot.path());
      const UniqueFd source = root.open(mount.source_path, O_RDONLY | O_DIRECTORY);
      const UniqueFd target = open_file(directory, O_RDONLY | O_DIRECTORY);
      run::copy_tree(source.get(), target.get());
    }
    if (from != nullptr && !filled.mode && !filled.user_id && !filled.group_id) return;
    if (::chown(directory.c_str(), filled.user_id.value_or(0), filled.group_id.value_or(0)) != 0 ||
        ::chmod(directory.c_str(), filled.mode.value_or(0755)) != 0) {
      throw_errno("set the owner and mode of a cache mount");
    }
  };
  return request;
}

// In the order of their identities: two steps that lock the same ones never wait for each other.
void RunMounts::hold_caches() {
  std::map<Digest, store::CacheMountRequest> wanted;
  for (const RunMount& mount : operation_.mounts) {
    if (mount.mount.type != MountType::kCache) continue;
    store::CacheMountRequest request = cache_request(mount);
    wanted.emplace(request.identity, std::move(request));
  }
  if (wanted.empty()) return;
  store::CacheMounts mounts(context_.environment.store);
  for (const auto& [identity, request] : wanted) {
    caches_.emplace(identity, mounts.hold(request, context_.stop));
  }
}

void RunMounts::add_cache(const RunMount& mount, run::ContainerSpec& spec) {
  const store::HeldCacheMount& held = caches_.at(cache_request(mount).identity);
  spec.mounts.push_back({.source = held.data_path(),
                         .destination = mount.mount.target,
                         .read_only = mount.mount.read_only});
}

void RunMounts::add_secret(const dockerfile::Mount& mount, run::ContainerSpec& spec) {
  const std::string id = id_of(mount);
  const auto given = context_.options.run.secrets.find(id);
  if (given == context_.options.run.secrets.end()) {
    if (!mount.required) return;
    throw Error(ErrorCode::kNotFound, fmt::format("secret {}: not found", id),
                fmt::format("give it with --secret id={},src=FILE", id));
  }
  const std::string value = secret_value(given->second, id);
  if (mount.environment) {
    const std::string& name = mount.environment->empty() ? id : *mount.environment;
    std::erase_if(spec.environment,
                  [&](const std::string& variable) { return variable.starts_with(name + "="); });
    spec.environment.push_back(name + "=" + value);
    has_secret_variable_ = true;
    if (mount.target.empty()) return;
  }
  const std::string file = fmt::format("{}/secret-{}", memory_directory(), spec.mounts.size());
  write_owned_file(file, value, mount.mode.value_or(0400), mount);
  spec.mounts.push_back({.source = file,
                         .destination = mount.target.empty()
                                            ? "/run/secrets/" + id.substr(id.rfind('/') + 1)
                                            : mount.target,
                         .read_only = true});
}

void RunMounts::add_ssh(const dockerfile::Mount& mount, run::ContainerSpec& spec) {
  const std::string id = id_of(mount);
  const auto given = context_.options.run.ssh.find(id);
  if (given == context_.options.run.ssh.end()) {
    if (!mount.required) return;
    throw Error(ErrorCode::kNotFound, fmt::format("no SSH key \"{}\" was given", id),
                fmt::format("give it with --ssh {}", id));
  }
  agent_sockets_.push_back(
      std::make_unique<SshAgentSocket>(given->second, memory_directory(),
                                       SocketOwner{.mode = mount.mode.value_or(0600),
                                                   .user_id = mount.user_id.value_or(0),
                                                   .group_id = mount.group_id.value_or(0)}));
  const int number = agents_++;
  const std::string target =
      mount.target.empty() ? fmt::format("/run/buildkit/ssh_agent.{}", number) : mount.target;
  spec.mounts.push_back({.source = agent_sockets_.back()->path(), .destination = target});
  if (number == 0) spec.environment.push_back("SSH_AUTH_SOCK=" + target);
}

void RunMounts::add_script(run::ContainerSpec& spec) {
  const std::string file = new_directory() + "/script";
  write_owned_file(file, operation_.script->content, 0755, {});
  spec.mounts.push_back(
      {.source = file, .destination = operation_.script->name, .read_only = true});
}

}  // namespace estiba::build
