#include "build/steps/copy_step.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "build/cache_key.h"
#include "build/copy/copy_layer.h"
#include "build/copy/item_digests.h"
#include "build/copy/owner.h"
#include "build/steps/download.h"
#include "store/layer_store.h"

namespace estiba::build {

CopyStep::CopyStep(const StepContext& context, const Vertex& vertex, const CopyOperation& operation,
                   const StepResult& base, const StepResult* from)
    : context_(context), vertex_(vertex), operation_(operation), base_(base), from_(from) {}

CopyStep::~CopyStep() = default;

void CopyStep::add_operation(KeyHasher& key) const {
  add_epoch(context_, key);
  // A linked layer is the same whatever it is put on, unless its owner has a name.
  const bool stands_alone = operation_.link && !names_accounts(operation_.owner);
  key.add("stack", stands_alone ? "any" : stack_name(base_.image.diff_ids));
  key.add("destination", operation_.destination);
  key.add("owner", operation_.owner);
  key.add("mode", operation_.mode);
  key.add("unpack", operation_.unpack ? "yes" : "no");
  key.add("link", operation_.link ? "yes" : "no");
}

// What comes from a stage can be told without looking: its stack of layers says it all. What comes
// from repositories only is told by their commits.
std::optional<Digest> CopyStep::quick_key() {
  if (!operation_.files.empty() || !operation_.urls.empty()) return std::nullopt;
  KeyHasher key("copy from stack");
  add_operation(key);
  if (from_ != nullptr) {
    key.add("from", stack_name(from_->image.diff_ids));
  } else if (!operation_.sources.empty() || !add_commits(key)) {
    return std::nullopt;
  }
  for (const std::string& source : operation_.sources) key.add("source", source);
  for (const std::string& pattern : operation_.excludes) key.add("exclude", pattern);
  key.add("parents", operation_.parents ? "yes" : "no");
  return key.finish();
}

bool CopyStep::add_commits(KeyHasher& key) const {
  for (const GitSource& source : operation_.repositories) {
    const auto commit = remote_commit(source, context_.stop);
    if (!commit || !commit->starts_with(source.commit)) return false;
    key.add("repository", source.remote);
    key.add("commit", *commit);
    key.add("directory", source.subdirectory);
    key.add("submodules", source.submodules ? "yes" : "no");
    const bool keep = source.keep_git_directory.value_or(operation_.keep_git_directory);
    key.add("git directory", keep ? "kept" : "left out");
  }
  return true;
}

Digest CopyStep::key() {
  KeyHasher key("copy", &fields_);
  add_operation(key);
  key.add("items", digest_items(items(), &context_.digests, context_.stop, &fields_).to_string());
  return key.finish();
}

const CopyItems& CopyStep::items() {
  if (items_) return *items_;
  std::vector<CopyPart> parts;
  if (from_ != nullptr) {
    open_stage(parts);
  } else if (!operation_.sources.empty()) {
    parts.push_back({&context_.context, operation_.sources, operation_.unpack, operation_.parents,
                     false, &operation_.excludes});
  }
  open_downloads(parts);
  open_repositories(parts);
  open_inline_files(parts);
  items_ = collect_copy_items(parts);
  return *items_;
}

void CopyStep::open_stage(std::vector<CopyPart>& parts) {
  stage_ = context_.environment.mounter.mount_read_only(from_->image.diff_ids, context_.stop);
  trees_.push_back(std::make_unique<FileTree>(FileTree::Kind::kImage,
                                              fs::RootDir::open(stage_->path()),
                                              "\"" + operation_.from_name + "\""));
  parts.push_back({trees_.back().get(), operation_.sources, false, operation_.parents, false,
                   &operation_.excludes});
}

const std::string& CopyStep::scratch_directory() {
  if (!scratch_) scratch_ = context_.environment.store.temporary_directory();
  return scratch_->path();
}

void CopyStep::open_inline_files(std::vector<CopyPart>& parts) {
  for (std::size_t i = 0; i < operation_.files.size(); ++i) {
    const dockerfile::InlineFile& file = operation_.files[i];
    const std::string directory = scratch_directory() + "/inline-" + std::to_string(i);
    make_directories(directory, 0755);
    auto tree = std::make_unique<FileTree>(FileTree::Kind::kImage, fs::RootDir::open(directory),
                                           "the heredoc");
    const std::string name = file.name.substr(file.name.rfind('/') + 1);
    if (name.empty() || name == "." || name == "..") {
      throw Error(ErrorCode::kInvalidArgument, "\"" + file.name + "\" is no name for a file");
    }
    const UniqueFd out = open_file(directory + "/" + name, O_WRONLY | O_CREAT | O_EXCL, 0644);
    write_all(out.get(), file.content, "the heredoc " + name);
    ::fchmod(out.get(), 0644);
    set_modification_time(out.get(), context_.now);
    parts.push_back({.tree = tree.get(), .sources = {name}, .literal = true});
    trees_.push_back(std::move(tree));
  }
}

void CopyStep::open_downloads(std::vector<CopyPart>& parts) {
  for (std::size_t i = 0; i < operation_.urls.size(); ++i) {
    const std::string directory = scratch_directory() + "/download-" + std::to_string(i);
    make_directories(directory, 0755);
    const std::string name = download(
        {.url = operation_.urls[i],
         .directory = directory,
         .checksum = operation_.checksum,
         .name_required = operation_.destination.ends_with('/'),
         .default_time = context_.now},
        [this](std::uint64_t done, std::uint64_t total) {
          context_.observer.step_progress(vertex_.step, done, total);
        },
        context_.stop);
    trees_.push_back(std::make_unique<FileTree>(FileTree::Kind::kImage,
                                                fs::RootDir::open(directory), operation_.urls[i]));
    parts.push_back({.tree = trees_.back().get(),
                     .sources = {name},
                     .unpack = operation_.unpack_urls,
                     .literal = true});
  }
}

void CopyStep::open_repositories(std::vector<CopyPart>& parts) {
  for (std::size_t i = 0; i < operation_.repositories.size(); ++i) {
    const GitSource& source = operation_.repositories[i];
    const std::string directory = scratch_directory() + "/git-" + std::to_string(i);
    make_directories(directory, 0755);
    check_out(source, {.directory = directory, .keep_git_directory = operation_.keep_git_directory},
              context_.stop);
    trees_.push_back(std::make_unique<FileTree>(
        FileTree::Kind::kImage, fs::RootDir::open(directory), "the repository " + source.remote));
    parts.push_back({.tree = trees_.back().get(),
                     .sources = {source.subdirectory},
                     .literal = true,
                     .excludes = &operation_.excludes});
  }
}

std::optional<Digest> CopyStep::execute() {
  const CopyItems& copied = items();
  if (copied.items.empty()) return std::nullopt;  // wildcards that match nothing
  const BuildEnvironment& environment = context_.environment;
  const store::Snapshot below =
      environment.mounter.mount_read_only(base_.image.diff_ids, context_.stop);
  const fs::RootDir root = fs::RootDir::open(below.path());
  CopyRequest request;
  request.destination = operation_.destination;
  if (!operation_.owner.empty()) request.owner = resolve_owner(root, operation_.owner);
  if (!operation_.mode.empty()) request.mode = ModeChange::parse(operation_.mode);
  request.now = context_.now;
  request.latest_mtime = context_.options.source_date_epoch;
  const auto layer = environment.store.layers().create();
  write_copy_layer(
      copied, request, operation_.link ? nullptr : &root, *layer,
      [&](std::uint64_t done) {
        context_.observer.step_progress(vertex_.step, done, copied.total_bytes);
      },
      context_.stop);
  return layer->commit();
}

}  // namespace estiba::build
