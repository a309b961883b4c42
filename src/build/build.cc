#include "build/build.h"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "build/base_memory.h"
#include "build/cache/cache_export.h"
#include "build/check_build.h"
#include "build/graph_run.h"
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

// The digests of the files of each context, read once for all builds that share it.
class ContextDigests {
 public:
  explicit ContextDigests(const store::Store& store) : store_(store) {}

  FileDigests& of(const std::string& identity) {
    std::unique_ptr<FileDigests>& digests = by_identity_[identity];
    if (!digests) digests = std::make_unique<FileDigests>(digests_path(store_, identity));
    return *digests;
  }
  void save() {
    for (const auto& [identity, digests] : by_identity_) digests->save();
  }

 private:
  const store::Store& store_;
  std::map<std::string, std::unique_ptr<FileDigests>> by_identity_;
};

// One build of a graph: read, planned, and ready to be carried out.
class PlannedBuild {
 public:
  PlannedBuild(const BuildEnvironment& environment, const BuildOptions& options,
               ContextDigests& digests, BuildObserver& observer, const EarlierPlans& earlier,
               const std::stop_token& stop)
      : environment_(environment),
        options_(options),
        dockerfile_(
            dockerfile::parse(options.dockerfile_text, {.file_name = options.dockerfile_name})) {
    fs::RootDir root = fs::RootDir::open(options.context_directory);
    ignore_ = read_ignore_rules(root, options);
    locked_ = read_locked_images(root, options);
    report_warnings(
        check_build(dockerfile_, options, environment.store, ignore_, CheckScope::kDocker),
        dockerfile_.checks.fail_on_warning, observer);
    context_.emplace(FileTree::Kind::kContext, std::move(root), "the build context", &ignore_);
    lease_ = environment.store.lease();
    make_plan(observer, earlier, stop);
    steps_.emplace(StepContext{environment, options, *context_,
                               digests.of(options.context_identity), observer, build_time(options),
                               stop});
  }

  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] const BuildOptions& options() const { return options_; }
  [[nodiscard]] const StepContext& steps() const { return *steps_; }
  Solver& start(SolveGroup& group, Solver::Earlier earlier) {
    solver_.emplace(*steps_, plan_, *lease_, group, std::move(earlier));
    return *solver_;
  }
  [[nodiscard]] Solver& solver() { return *solver_; }

  BuildResult finish() {
    StepResult result = solver_->finish();
    if (!result.image_id) {  // FROM scratch alone: an empty image
      result.image.config = plan_.vertices[plan_.target].config;
      result.image_id =
          environment_.store.images().add_intermediate({result.image.serialize(), std::nullopt});
    }
    if (options_.wants_image) lease_->keep_image(*result.image_id);
    return {.image_id = *result.image_id,
            .base_layers = count_base_layers(environment_.store, plan_),
            .lease = std::move(lease_),
            .unused_arguments = plan_.unused_arguments};
  }

 private:
  void make_plan(BuildObserver& observer, const EarlierPlans& earlier,
                 const std::stop_token& stop) {
    BaseImages images(environment_.store, environment_.pull,
                      {.always_pull = options_.always_pull,
                       .platform = options_.platform,
                       .locked = locked_,
                       .named = options_.named_contexts},
                      observer, stop);
    plan_ = plan_build(dockerfile_, options_, images, *lease_, earlier);
    const std::string name = options_.context_identity + "\n" + options_.dockerfile_name;
    compare_bases(digests_path(environment_.store, name) + ".bases", images.unpinned(), observer);
  }

  const BuildEnvironment& environment_;
  const BuildOptions& options_;
  dockerfile::Dockerfile dockerfile_;
  dockerfile::IgnoreRules ignore_;
  LockedImages locked_;
  std::optional<FileTree> context_;
  std::unique_ptr<store::Lease> lease_;
  Plan plan_;
  std::optional<StepContext> steps_;
  std::optional<Solver> solver_;
};

class BuildGraph {
 public:
  BuildGraph(const BuildEnvironment& environment, const std::vector<BuildOptions>& builds,
             BuildObserver& observer, std::stop_token stop)
      : digests_(environment.store), stop_(std::move(stop)) {
    EarlierPlans earlier;
    for (const BuildOptions& options : builds) {
      with_place([&] { return options.name; },
                 [&] {
                   builds_.push_back(std::make_unique<PlannedBuild>(environment, options, digests_,
                                                                    observer, earlier, stop_));
                 });
      earlier.push_back(&builds_.back()->plan());
    }
  }

  std::vector<BuildResult> carry_out() {
    SolveGroup group;
    const std::stop_callback pass_on(stop_, [&] { group.failed.request_stop(); });
    const auto earlier = [this](std::size_t number) -> Solver& {
      return builds_.at(number)->solver();
    };
    for (const auto& build : builds_) build->start(group, earlier);
    run_graph(
        task_graph(), [this](std::size_t task) { solve(task); },
        [&] { group.failed.request_stop(); }, stop_);
    std::vector<BuildResult> results;
    for (const auto& build : builds_) results.push_back(build->finish());
    export_caches();
    digests_.save();
    return results;
  }

 private:
  // The tasks of each build behind those of the builds before it.
  TaskGraph task_graph() {
    TaskGraph graph{{}, 1};
    std::vector<std::size_t> targets;
    for (const auto& build : builds_) {
      const std::size_t first = graph.needs.size();
      firsts_.push_back(first);
      graph.parallel = std::max(graph.parallel, build->options().jobs);
      for (const Vertex& vertex : build->plan().vertices) {
        std::vector<std::size_t>& needs = graph.needs.emplace_back();
        for (const std::size_t input : vertex.inputs) needs.push_back(first + input);
        const auto* source = std::get_if<SourceOperation>(&vertex.operation);
        if (source != nullptr && source->build) needs.push_back(targets.at(*source->build));
      }
      targets.push_back(first + build->plan().target);
    }
    return graph;
  }

  void solve(std::size_t task) {
    const auto after = std::ranges::upper_bound(firsts_, task);
    const auto number = static_cast<std::size_t>(after - firsts_.begin()) - 1;
    PlannedBuild& build = *builds_[number];
    with_place([&] { return build.options().name; },
               [&] { build.solver().solve_vertex(task - firsts_[number]); });
  }

  // Where several builds write to one cache, it holds the steps of all.
  void export_caches() {
    std::map<CacheStorage*, std::vector<CachedStep>> caches;
    std::map<CacheStorage*, std::set<Digest>> keys;
    for (const auto& build : builds_) {
      for (const CacheExport& wanted : build->options().cache_to) {
        if (!wanted.to) continue;
        std::vector<CachedStep>& steps = caches[wanted.to.get()];
        for (CachedStep& step : build->solver().steps_made(wanted.all_steps)) {
          if (step.keys.empty() || !keys[wanted.to.get()].insert(step.keys.back()).second) continue;
          steps.push_back(std::move(step));
        }
      }
    }
    for (auto& [storage, steps] : caches) {
      export_cache(builds_.front()->steps(), std::move(steps), *storage);
    }
  }

  ContextDigests digests_;
  std::stop_token stop_;
  std::vector<std::unique_ptr<PlannedBuild>> builds_;
  std::vector<std::size_t> firsts_;  // each build's first task
};

}  // namespace

std::vector<BuildResult> build_images(const BuildEnvironment& environment,
                                      const std::vector<BuildOptions>& builds,
                                      BuildObserver& observer, std::stop_token stop) {
  try {
    return BuildGraph(environment, builds, observer, stop).carry_out();
  } catch (const CacheLayerLost& error) {
    observer.warning(error.what());
  }
  // What was carried out so far is in the store's own cache.
  std::vector<BuildOptions> alone = builds;
  for (BuildOptions& options : alone) options.cache_from.clear();
  return BuildGraph(environment, alone, observer, stop).carry_out();
}

BuildResult build_image(const BuildEnvironment& environment, const BuildOptions& options,
                        BuildObserver& observer, std::stop_token stop) {
  return std::move(build_images(environment, {options}, observer, std::move(stop)).front());
}

std::vector<dockerfile::Warning> check_image(store::Store& store, const BuildOptions& options) {
  const dockerfile::Dockerfile dockerfile =
      dockerfile::parse(options.dockerfile_text, {.file_name = options.dockerfile_name});
  const dockerfile::IgnoreRules ignore =
      read_ignore_rules(fs::RootDir::open(options.context_directory), options);
  return check_build(dockerfile, options, store, ignore, CheckScope::kAll);
}

}  // namespace estiba::build
