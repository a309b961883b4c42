#include "build/copy_plan.h"

#include "base/error.h"
#include "build/config_change.h"
#include "build/copy/mode_change.h"

namespace estiba::build {
namespace {

bool is_url(const std::string& source) {
  return source.starts_with("http://") || source.starts_with("https://");
}

bool is_git(const std::string& source) {
  return parse_git_source(source).has_value();
}

[[noreturn]] void refuse(std::string what, std::string hint) {
  throw Error(ErrorCode::kInvalidArgument, std::move(what), std::move(hint));
}

CopyOperation start(const dockerfile::FileSources& sources, const std::string& owner,
                    const std::string& mode, const ContainerConfig& config) {
  CopyOperation operation;
  operation.files = sources.files;
  operation.destination = copy_destination(config, sources.destination);
  operation.owner = owner;
  if (!mode.empty()) (void)ModeChange::parse(mode);
  operation.mode = mode;
  return operation;
}

void check_checksum(const dockerfile::Add& add) {
  if (add.checksum.empty()) return;
  if (add.sources.paths.size() + add.sources.files.size() != 1) {
    refuse("--checksum can't be specified for multiple sources", "write one ADD for each source");
  }
  if (add.sources.paths.empty() ||
      !(is_url(add.sources.paths.front()) || is_git(add.sources.paths.front()))) {
    refuse("--checksum requires HTTP(S) or Git sources", "files of the build context need none");
  }
}

}  // namespace

CopyOperation copy_operation(const dockerfile::Copy& copy, const ContainerConfig& config) {
  CopyOperation operation = start(copy.sources, copy.owner, copy.mode, config);
  for (const std::string& source : copy.sources.paths) {
    if (is_git(source)) refuse("source can't be a git ref for COPY", "ADD takes it");
    if (is_url(source)) refuse("source can't be a URL for COPY", "ADD takes it");
  }
  operation.sources = copy.sources.paths;
  operation.from_name = copy.from;
  operation.excludes = copy.excludes;
  operation.parents = copy.parents;
  // As in the reference, --chmod needs the files that are there.
  operation.link = copy.link && copy.mode.empty();
  return operation;
}

CopyOperation add_operation(const dockerfile::Add& add, const ContainerConfig& config) {
  check_checksum(add);
  CopyOperation operation = start(add.sources, add.owner, add.mode, config);
  for (const std::string& source : add.sources.paths) {
    if (auto repository = parse_git_source(source)) {
      if (!add.checksum.empty()) repository->commit = add.checksum;
      operation.repositories.push_back(std::move(*repository));
    } else {
      (is_url(source) ? operation.urls : operation.sources).push_back(source);
    }
  }
  operation.keep_git_directory = add.keep_git_directory.value_or(false);
  operation.checksum = add.checksum;
  operation.excludes = add.excludes;
  operation.unpack = add.unpack.value_or(true);
  operation.unpack_urls = add.unpack.value_or(false);
  operation.link = add.link && add.mode.empty();
  return operation;
}

}  // namespace estiba::build
