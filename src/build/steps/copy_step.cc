#include "build/steps/copy_step.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "build/cache_key.h"
#include "build/copy/copy_layer.h"
#include "build/copy/item_digests.h"
#include "build/steps/download.h"
#include "run/user.h"
#include "store/layer_store.h"

namespace estiba::build {

CopyStep::CopyStep(const StepContext& context, const Vertex& vertex, const CopyOperation& operation,
                   const StepResult& base, const StepResult* from)
    : context_(context), vertex_(vertex), operation_(operation), base_(base), from_(from) {}

CopyStep::~CopyStep() = default;

void CopyStep::add_operation(KeyHasher& key) const {
  key.add("stack", stack_name(base_.image.diff_ids));
  key.add("destination", operation_.destination);
  key.add("owner", operation_.owner);
  key.add("mode", operation_.mode ? std::to_string(*operation_.mode) : "");
  key.add("unpack", operation_.unpack ? "yes" : "no");
}

// Only what comes from a stage can be told without looking: its stack of layers says it all.
std::optional<Digest> CopyStep::quick_key() {
  if (from_ == nullptr || !operation_.files.empty()) return std::nullopt;
  KeyHasher key("copy from stack");
  add_operation(key);
  key.add("from", stack_name(from_->image.diff_ids));
  for (const std::string& source : operation_.sources) key.add("source", source);
  return key.finish();
}

Digest CopyStep::key() {
  KeyHasher key("copy");
  add_operation(key);
  key.add("items", digest_items(items(), &context_.digests, context_.stop).to_string());
  return key.finish();
}

const CopyItems& CopyStep::items() {
  if (items_) return *items_;
  std::vector<CopyPart> parts;
  if (from_ != nullptr) {
    open_stage(parts);
  } else if (!operation_.sources.empty()) {
    parts.push_back({&context_.context, operation_.sources, operation_.unpack});
  }
  open_inline_files(parts);
  open_downloads(parts);
  items_ = collect_copy_items(parts);
  return *items_;
}

void CopyStep::open_stage(std::vector<CopyPart>& parts) {
  stage_ = context_.environment.mounter.mount_read_only(from_->image.diff_ids, context_.stop);
  trees_.push_back(std::make_unique<FileTree>(FileTree::Kind::kImage,
                                              fs::RootDir::open(stage_->path()),
                                              "\"" + operation_.from_name + "\""));
  parts.push_back({trees_.back().get(), operation_.sources, false});
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
    parts.push_back({tree.get(), {name}, false});
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
    parts.push_back({trees_.back().get(), {name}, false});
  }
}

std::optional<Owner> CopyStep::resolve_owner(const fs::RootDir& root) const {
  if (operation_.owner.empty()) return std::nullopt;
  const run::ResolvedUser user = run::resolve_user(root, operation_.owner);
  // A number alone names the group as well.
  const bool number = operation_.owner.find_first_not_of("0123456789") == std::string::npos;
  return Owner{user.uid, number ? user.uid : user.gid};
}

std::optional<Digest> CopyStep::execute() {
  const CopyItems& copied = items();
  const BuildEnvironment& environment = context_.environment;
  const store::Snapshot below =
      environment.mounter.mount_read_only(base_.image.diff_ids, context_.stop);
  const fs::RootDir root = fs::RootDir::open(below.path());
  CopyRequest request;
  request.destination = operation_.destination;
  request.owner = resolve_owner(root);
  request.mode = operation_.mode;
  request.now = context_.now;
  request.latest_mtime = context_.options.source_date_epoch;
  const auto layer = environment.store.layers().create();
  write_copy_layer(
      copied, request, root, *layer,
      [&](std::uint64_t done) {
        context_.observer.step_progress(vertex_.step, done, copied.total_bytes);
      },
      context_.stop);
  return layer->commit();
}

}  // namespace estiba::build
