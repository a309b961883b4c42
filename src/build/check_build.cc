#include "build/check_build.h"

#include "base/error.h"
#include "build/arguments.h"
#include "dockerfile/ignore.h"
#include "store/image_store.h"

namespace estiba::build {
namespace {

std::optional<dockerfile::CheckInputs::Image> image_at_hand(store::Store& store,
                                                            const std::string& name) {
  std::optional<store::Image> image;
  try {
    image = store.images().try_find(name);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;  // the build refuses such a name
  }
  if (!image) return std::nullopt;
  dockerfile::CheckInputs::Image known;
  known.platform = image->config.platform.to_string();
  for (const std::string& variable : image->config.config.environment) {
    const std::size_t equals = variable.find('=');
    if (equals == std::string::npos) continue;
    known.environment[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  return known;
}

}  // namespace

std::vector<dockerfile::Warning> check_build(const dockerfile::Dockerfile& dockerfile,
                                             const BuildOptions& options, store::Store& store,
                                             const dockerfile::IgnoreRules& ignore,
                                             CheckScope scope) {
  GivenArguments given(options.arguments);
  dockerfile::CheckInputs inputs;
  inputs.find_image = [&](const std::string& name) { return image_at_hand(store, name); };
  inputs.given_argument = [&](std::string_view name) { return given.use(name); };
  inputs.ignore = ignore.empty() ? nullptr : &ignore;
  inputs.platform = options.platform.to_string();
  inputs.practices = scope == CheckScope::kAll;
  return dockerfile::check(dockerfile, inputs);
}

}  // namespace estiba::build
