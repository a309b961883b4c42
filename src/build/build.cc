#include "build/build.h"

#include <fcntl.h>

#include <algorithm>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "build/base_memory.h"
#include "build/check_build.h"
#include "build/limits.h"
#include "build/lock_file.h"
#include "build/planner.h"
#include "build/solver.h"
#include "dockerfile/ignore.h"
#include "store/image_store.h"

namespace estiba::build {
namespace {

// A small text file of the context, which may be a stranger's: no link leads out of it.
std::optional<std::string> text_in(const fs::RootDir& context, const std::string& path) {
  const auto fd = context.try_open(path, O_RDONLY | O_NONBLOCK);
  if (!fd) return std::nullopt;
  return read_fd(fd->get(), path, kMaxIgnoreFileBytes);
}

// What stands beside the Dockerfile under its name and `suffix`.
std::optional<std::string> text_beside(const fs::RootDir& context, const BuildOptions& options,
                                       const std::string& suffix) {
  if (options.dockerfile_path.empty()) return std::nullopt;
  const std::string path = options.dockerfile_path + suffix;
  if (options.context_is_fetched) return text_in(context, path);
  if (!path_exists(path)) return std::nullopt;
  return read_file(path, kMaxIgnoreFileBytes);
}

// NAME.dockerignore beside the Dockerfile wins over the context's .dockerignore.
dockerfile::IgnoreRules read_ignore_rules(const fs::RootDir& context, const BuildOptions& options) {
  if (const auto beside = text_beside(context, options, ".dockerignore")) {
    return dockerfile::IgnoreRules::parse(*beside, options.dockerfile_path + ".dockerignore");
  }
  const auto common = text_in(context, ".dockerignore");
  return common ? dockerfile::IgnoreRules::parse(*common) : dockerfile::IgnoreRules();
}

LockedImages read_locked_images(const fs::RootDir& context, const BuildOptions& options) {
  const std::string suffix = lock_file_path("");
  const auto text = text_beside(context, options, suffix);
  return text ? parse_lock_file(*text, options.dockerfile_path + suffix) : LockedImages();
}

std::string digests_path(const store::Store& store, const std::string& identity) {
  const std::string directory = store.root() + "/context-cache";
  make_directories(directory, 0700);
  return directory + "/" + Digest::of(identity).hex();
}

Timestamp build_time(const BuildOptions& options) {
  return options.source_date_epoch.value_or(now());
}

void report_warnings(const std::vector<dockerfile::Warning>& warnings, bool fail,
                     BuildObserver& observer) {
  for (const dockerfile::Warning& warning : warnings) {
    observer.warning(warning.rule + ": " + warning.message + " (line " +
                     std::to_string(warning.line) + ")");
  }
  if (fail && !warnings.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "the build checks found problems, and the Dockerfile "
                "asks to stop for them (check=error=true)");
  }
}

std::size_t count_base_layers(store::Store& store, const Plan& plan) {
  const Vertex* vertex = &plan.vertices.at(plan.target);
  while (!vertex->inputs.empty()) vertex = &plan.vertices.at(vertex->inputs.front());
  const auto* source = std::get_if<SourceOperation>(&vertex->operation);
  if (source == nullptr || !source->image_id) return 0;
  return store.images().get(*source->image_id).config.diff_ids.size();
}

}  // namespace

BuildResult build_image(const BuildEnvironment& environment, const BuildOptions& options,
                        BuildObserver& observer, std::stop_token stop) {
  const dockerfile::Dockerfile dockerfile =
      dockerfile::parse(options.dockerfile_text, {.file_name = options.dockerfile_name});
  fs::RootDir context_root = fs::RootDir::open(options.context_directory);
  const dockerfile::IgnoreRules ignore = read_ignore_rules(context_root, options);
  LockedImages locked = read_locked_images(context_root, options);
  report_warnings(check_build(dockerfile, options, environment.store, ignore, CheckScope::kDocker),
                  dockerfile.checks.fail_on_warning, observer);
  const FileTree context(FileTree::Kind::kContext, std::move(context_root), "the build context",
                         &ignore);
  FileDigests digests(digests_path(environment.store, options.context_identity));

  auto lease = environment.store.lease();
  BaseImages images(environment.store, environment.pull,
                    {.always_pull = options.always_pull,
                     .platform = options.platform,
                     .locked = std::move(locked),
                     .named = options.named_contexts},
                    observer, stop);
  const Plan plan = plan_build(dockerfile, options, images, *lease);
  compare_bases(
      digests_path(environment.store, options.context_identity + "\n" + options.dockerfile_name) +
          ".bases",
      images.unpinned(), observer);
  const StepContext steps{environment,         options, context, digests, observer,
                          build_time(options), stop};
  StepResult result = Solver(steps, plan, *lease).solve();
  digests.save();
  if (!result.image_id) {  // FROM scratch alone: an empty image
    result.image.config = plan.vertices[plan.target].config;
    result.image_id =
        environment.store.images().add_intermediate({result.image.serialize(), std::nullopt});
  }
  lease->keep_image(*result.image_id);
  return {.image_id = *result.image_id,
          .base_layers = count_base_layers(environment.store, plan),
          .lease = std::move(lease),
          .unused_arguments = plan.unused_arguments};
}

std::vector<dockerfile::Warning> check_image(store::Store& store, const BuildOptions& options) {
  const dockerfile::Dockerfile dockerfile =
      dockerfile::parse(options.dockerfile_text, {.file_name = options.dockerfile_name});
  const dockerfile::IgnoreRules ignore =
      read_ignore_rules(fs::RootDir::open(options.context_directory), options);
  return check_build(dockerfile, options, store, ignore, CheckScope::kAll);
}

}  // namespace estiba::build
