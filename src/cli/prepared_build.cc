#include "cli/prepared_build.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/build_named_contexts.h"
#include "cli/build_platforms.h"
#include "cli/build_time.h"
#include "cli/image_puller.h"
#include "cli/output.h"

namespace estiba::cli {
namespace {

std::string name_of_build(const std::string& name, const Platform& platform, bool among_several) {
  if (!among_several) return name;
  return name.empty() ? platform.to_string() : name + " " + platform.to_string();
}

}  // namespace

PreparedBuild::PreparedBuild(Session& session, BuildFlags flags, const std::string& name,
                             CacheStorages& cache_storages)
    : flags_(std::move(flags)) {
  exports_.tags = parse_tags(flags_.tags);
  exports_.outputs = parse_outputs(flags_.exports);
  exports_.metadata_file = flags_.exports.metadata_file;
  exports_.quiet = flags_.quiet;
  const std::stop_token stop = session.stop();
  context_ = flags_.dockerfile_text
                 ? open_build_context(session.store(), flags_.context,
                                      InlineDockerfile{*flags_.dockerfile_text}, stop)
                 : open_build_context(session.store(), flags_.context, flags_.file, stop);
  build::BuildOptions build = build_options(flags_, context_);
  exports_.latest_mtime = build.source_date_epoch;
  add_cache_exports(session, flags_.cache_to, cache_storages, build);
  named_lease_ = session.store().lease();
  build.named_contexts = open_named_contexts(session.store(), flags_.contexts, *named_lease_, stop);
  const std::vector<Platform> platforms = parse_platforms(flags_.platforms);
  for (const Platform& platform : platforms) {
    build.platform = platform;
    build.name = name_of_build(name, platform, platforms.size() > 1);
    builds_.push_back(build);
    // Each its own: the builds ask at the same time.
    add_cache_sources(session, flags_.cache_from, builds_.back());
  }
}

ExportResult PreparedBuild::export_results(Session& session, const build::BuildResult* results,
                                           const OutputRedirection& redirection) {
  exports_.images.clear();
  for (const build::BuildOptions& build : builds_) {
    exports_.images.push_back({build.platform, results->image_id, results->base_layers});
    ++results;
  }
  return export_build(session, exports_, redirection);
}

std::vector<build::BuildResult> carry_out(Session& session,
                                          const std::vector<build::BuildOptions>& builds,
                                          BuildDisplay& display) {
  const build::PullImage pull = make_image_puller(session);
  const build::BuildEnvironment environment{session.store(), session.mounter(), session.runtime(),
                                            pull};
  try {
    auto results = build::build_images(environment, builds, display, session.stop());
    display.finish(true);
    return results;
  } catch (Error& error) {
    display.finish(false);
    if (error.code() != ErrorCode::kCancelled) error.add_place("ERROR");
    throw;
  }
}

void report_unused_arguments(const build::BuildResult& result) {
  std::vector<std::string> names = result.unused_arguments;
  std::erase(names, kSourceDateEpoch);  // it counts without being declared
  if (names.empty()) return;
  print_error("[Warning] One or more build-args [" + join(names, " ") + "] were not consumed\n");
}

}  // namespace estiba::cli
