#include "build/steps/run_step.h"

#include <fcntl.h>

#include <algorithm>

#include "archive/layer_tar.h"
#include "base/error.h"
#include "base/text.h"
#include "build/cache_key.h"
#include "build/copy/copy_items.h"
#include "build/copy/item_digests.h"
#include "build/steps/emulator.h"
#include "build/steps/failure_shell.h"
#include "build/steps/output_pump.h"
#include "build/steps/run_mounts.h"
#include "run/process_config.h"
#include "store/layer_store.h"

namespace estiba::build {

namespace {

// A part of a stage can be told by its content; the whole of one is told by its layers, which costs
// nothing to read.
bool is_part_of_stage(const RunMount& mount, const std::vector<const StepResult*>& inputs) {
  const bool is_part = !mount.source_path.empty() && mount.source_path != "/";
  return mount.input && is_part && inputs.at(*mount.input)->image_id;
}

}  // namespace

void RunStep::add_operation(KeyHasher& key) const {
  key.add("stack", stack_name(base_.image.diff_ids));
  for (const std::string& argument : operation_.arguments) key.add("argument", argument);
  for (const std::string& variable : operation_.key_environment) key.add("environment", variable);
  key.add("user", operation_.user);
  key.add("directory", operation_.working_directory);
  key.add("network", operation_.network == run::NetworkMode::kNone ? "none" : "host");
  key.add("platform", context_.options.platform.to_string());
  add_epoch(context_, key);
  for (const RunMount& mount : operation_.mounts) key.add("mount", describe_mount(mount.mount));
  if (operation_.script) key.add("script", operation_.script->content);
  if (operation_.insecure) key.add("security", "insecure");
}

std::optional<Digest> RunStep::quick_key() {
  const auto is_part = [&](const RunMount& mount) { return is_part_of_stage(mount, inputs_); };
  if (std::ranges::none_of(operation_.mounts, is_part)) return std::nullopt;
  KeyHasher key("run on stacks");
  add_operation(key);
  for (const RunMount& mount : operation_.mounts) {
    if (mount.input) key.add("files", stack_name(inputs_.at(*mount.input)->image.diff_ids));
  }
  return key.finish();
}

Digest RunStep::key() {
  KeyHasher key("run", &fields_);
  add_operation(key);
  for (const RunMount& mount : operation_.mounts) {
    if (mount.input) key.add("files of " + mount.mount.target, files_of(mount));
  }
  return key.finish();
}

std::string RunStep::files_of(const RunMount& mount) const {
  const StepResult& input = *inputs_.at(*mount.input);
  if (input.content) return input.content->to_string();
  const std::vector<Digest>& layers = input.image.diff_ids;
  if (!is_part_of_stage(mount, inputs_)) return stack_name(layers);
  const store::Snapshot snapshot =
      context_.environment.mounter.mount_read_only(layers, context_.stop);
  const FileTree tree(FileTree::Kind::kImage, fs::RootDir::open(snapshot.path()),
                      "\"" + mount.mount.from + "\"");
  const CopyItems items =
      collect_copy_items({{.tree = &tree, .sources = {mount.source_path}, .literal = true}});
  return digest_items(items, nullptr, context_.stop).to_string();
}

std::optional<Digest> RunStep::execute() {
  require_emulator(base_.image.platform);
  store::Store& store = context_.environment.store;
  fs::TemporaryDirectory state = store.temporary_directory();
  Digest layer = [&] {
    const store::Snapshot snapshot = context_.environment.mounter.mount_writable(
        base_.image.diff_ids, state.path(), context_.stop);
    run_command(snapshot.path(), state.path());
    return seal(snapshot.upper_path());
  }();
  store.discard_tree(state.release());
  return layer;
}

void RunStep::run_command(const std::string& root, const std::string& state_directory) {
  run::ContainerSpec spec;
  spec.id = run::new_container_id();
  spec.root_directory = root;
  spec.arguments = operation_.arguments;
  spec.environment = operation_.environment;
  const bool has_path =
      std::any_of(spec.environment.begin(), spec.environment.end(),
                  [](const std::string& variable) { return variable.starts_with("PATH="); });
  if (!has_path)
    spec.environment.insert(spec.environment.begin(), std::string("PATH=") + run::kDefaultPath);
  spec.working_directory = operation_.working_directory;
  spec.user = operation_.user;
  spec.network = operation_.network;
  spec.has_hostname_file = false;  // as in the reference a step may write the image's
  spec.host.extra_hosts = context_.options.run.extra_hosts;
  spec.host.bounds = context_.options.run.bounds;
  spec.host.shm_size_bytes = context_.options.run.shm_size_bytes;
  spec.host.privileged = operation_.insecure;
  RunMounts mounts(context_, operation_, inputs_, state_directory);
  mounts.add_to(spec);
  const std::string bundle = mounts.make_bundle_directory("container");

  const std::string short_id = spec.id.substr(0, 12);
  context_.observer.step_running_in(vertex_.step, short_id);
  ExitStatus status;
  try {
    OutputPump output([this](OutputStream stream, std::string_view text) {
      context_.observer.step_output(vertex_.step, stream, text);
    });
    status = context_.environment.runtime.run(
        spec, {.stdout_fd = output.stdout_fd(), .stderr_fd = output.stderr_fd()}, bundle,
        context_.stop);
  } catch (const run::StartError& error) {
    fail(error.exit_code(), error.message());
  }
  context_.observer.step_container_removed(vertex_.step, short_id);
  if (status.success()) return;
  if (context_.options.shell_on_failure && context_.stop_others()) {
    // In what the command left, with its mounts and its environment.
    run_shell(context_, vertex_, std::move(spec), mounts.make_bundle_directory("shell"));
  }
  fail(status.exit_code(), "");
}

void RunStep::fail(int exit_code, const std::string& reason) const {
  std::string message = "the command '" + join(operation_.arguments, " ") +
                        "' returned a non-zero code: " + std::to_string(exit_code);
  if (!reason.empty()) message += " (" + reason + ")";
  throw Error(ErrorCode::kConflict, message);
}

Digest RunStep::seal(const std::string& upper) {
  const auto layer = context_.environment.store.layers().create();
  const UniqueFd directory = open_file(upper, O_RDONLY | O_DIRECTORY);
  archive::ChangeOptions options;
  options.latest_mtime = context_.options.source_date_epoch;
  archive::write_change(directory.get(), *layer, options);
  return layer->commit();
}

}  // namespace estiba::build
