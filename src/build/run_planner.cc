// Plans RUN: what its process is, and where the files of its mounts come from.
#include "base/error.h"
#include "base/text.h"
#include "build/stage_planner.h"
#include "dockerfile/located_error.h"

namespace estiba::build {
namespace {

// Where the files of a context mount lie in the layer that is made of them; a directory's content
// comes into it, a file becomes it.
constexpr const char* kContextFiles = "/files";

// As BuildKit's frontend has it: a heredoc that is the whole command is the shell's text, or a
// program of its own when it says which interpreter it needs; others are left to the shell.
std::string shell_text(const dockerfile::Run& run, RunOperation& operation) {
  const std::string& text = run.command.text;
  if (run.heredocs.empty()) return text;
  const dockerfile::Heredoc& first = run.heredocs.front();
  if (dockerfile::parse_heredoc(trim(text))) {
    if (!first.text().starts_with("#!")) return first.text();
    operation.script = dockerfile::InlineFile{"/dev/pipes/" + first.name, first.text()};
    return operation.script->name;
  }
  std::string whole = text;
  for (const dockerfile::Heredoc& heredoc : run.heredocs) {
    whole += "\n" + heredoc.content + heredoc.name;
  }
  return whole;
}

}  // namespace

void StagePlanner::plan_run(const dockerfile::Instruction& instruction,
                            const dockerfile::Run& run) {
  dockerfile::at_instruction(instruction.source, [&] { check_run(run); });
  RunOperation operation;
  dockerfile::CommandLine command = run.command;
  if (command.shell_form) command.text = shell_text(run, operation);
  operation.arguments = command_arguments(command, stage_.config);
  const std::string visible = plan_run_environment(operation);
  operation.user = stage_.config.user;
  operation.working_directory = stage_.config.working_directory;
  operation.insecure = run.security == dockerfile::RunSecurity::kInsecure;
  operation.network = run.network == dockerfile::RunNetwork::kNone   ? run::NetworkMode::kNone
                      : run.network == dockerfile::RunNetwork::kHost ? run::NetworkMode::kHost
                                                                     : context_.options.network;
  Vertex vertex = new_vertex(instruction.source);
  vertex.created_by = "RUN " + visible + join(operation.arguments, " ");
  for (const dockerfile::Mount& mount : run.mounts) {
    operation.mounts.push_back(plan_mount(mount, vertex));
  }
  vertex.operation = std::move(operation);
  last_ = add_vertex(std::move(vertex));
}

void StagePlanner::check_run(const dockerfile::Run& run) const {
  if (!run.devices.empty()) {
    throw Error(ErrorCode::kUnsupported, "RUN --device is not supported by this version");
  }
  if (run.security == dockerfile::RunSecurity::kInsecure && !context_.options.run.allow_insecure) {
    throw Error(ErrorCode::kPermissionDenied, "security.insecure is not allowed",
                "allow it with --allow security.insecure");
  }
  for (const dockerfile::Mount& mount : run.mounts) {
    const bool needs_target =
        mount.type != dockerfile::MountType::kSecret && mount.type != dockerfile::MountType::kSsh;
    if (needs_target && mount.target.empty()) {
      throw Error(ErrorCode::kInvalidArgument, "--mount=" + mount.text + ": a target is missing");
    }
  }
}

// Returns how docker's history shows the arguments that a RUN saw.
std::string StagePlanner::plan_run_environment(RunOperation& operation) {
  operation.environment = stage_.config.environment;
  std::string visible;
  std::size_t count = 0;
  for (const auto& [name, value] : arguments_) {
    std::erase_if(operation.environment,
                  [&](const std::string& variable) { return variable.starts_with(name + "="); });
    operation.environment.push_back(name + "=" + value);
    if (is_proxy_argument(name)) continue;
    visible += " " + name + "=" + value;
    ++count;
  }
  operation.key_environment = operation.environment;
  std::erase_if(operation.key_environment, [](const std::string& variable) {
    return is_proxy_argument(variable.substr(0, variable.find('=')));
  });
  for (const auto& [name, value] : context_.given.proxies()) {
    if (!arguments_.contains(name)) operation.environment.push_back(name + "=" + value);
  }
  return count > 0 ? "|" + std::to_string(count) + visible + " " : "";
}

RunMount StagePlanner::plan_mount(const dockerfile::Mount& mount, Vertex& vertex) {
  RunMount planned{mount, std::nullopt, mount.source};
  if (!mount.target.empty()) planned.mount.target = absolute_path(stage_.config, mount.target);
  const bool has_files = mount.type == dockerfile::MountType::kBind ||
                         (mount.type == dockerfile::MountType::kCache && !mount.from.empty());
  if (!has_files) return planned;
  if (mount.from.empty()) {
    vertex.inputs.push_back(context_files_vertex(mount, vertex.source));
    planned.source_path = kContextFiles;
  } else {
    vertex.inputs.push_back(source_vertex(mount.from, vertex.source));
  }
  planned.input = vertex.inputs.size() - 1;
  return planned;
}

// The part of the context that a mount shows, as a layer of its own: what .dockerignore hides is
// not in it, it cannot change while the command runs, and it is made once for the same content.
std::size_t StagePlanner::context_files_vertex(const dockerfile::Mount& mount,
                                               const dockerfile::SourceText& source) {
  std::vector<Vertex>& vertices = context_.plan.vertices;
  Vertex nothing;
  nothing.step.stage = stage_name_;
  nothing.source = source;
  nothing.operation = SourceOperation{};
  vertices.push_back(std::move(nothing));
  Vertex files;
  files.step.stage = stage_name_;
  files.source = source;
  files.inputs = {vertices.size() - 1};
  CopyOperation copy;
  copy.sources = {mount.source.empty() ? "." : mount.source};
  copy.destination = kContextFiles;
  files.operation = std::move(copy);
  vertices.push_back(std::move(files));
  return vertices.size() - 1;
}

}  // namespace estiba::build
