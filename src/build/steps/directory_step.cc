#include "build/steps/directory_step.h"

#include "archive/tar_writer.h"
#include "base/error.h"
#include "build/cache_key.h"
#include "build/copy/layer_composer.h"
#include "build/copy/owner.h"
#include "fs/root_dir.h"
#include "store/layer_store.h"

namespace estiba::build {

Digest DirectoryStep::key() {
  KeyHasher key("directory", &fields_);
  key.add("stack", stack_name(base_.image.diff_ids));
  key.add("path", operation_.path);
  key.add("user", operation_.user);
  add_epoch(context_, key);
  return key.finish();
}

std::optional<Digest> DirectoryStep::execute() {
  const BuildEnvironment& environment = context_.environment;
  const store::Snapshot below =
      environment.mounter.mount_read_only(base_.image.diff_ids, context_.stop);
  const fs::RootDir root = fs::RootDir::open(below.path());
  const auto layer = environment.store.layers().create();
  archive::TarWriter tar(*layer);
  LayerComposer composer(&root, tar, {owner(root), 0755, context_.now});
  const std::string path = composer.tree().resolve(operation_.path);
  if (composer.tree().kind(path) == NodeKind::kDirectory) return std::nullopt;
  composer.make_directories(path);
  tar.finish();
  return layer->commit();
}

// The directory belongs to USER, or to root while the image has no such account.
Owner DirectoryStep::owner(const fs::RootDir& root) const {
  if (operation_.user.empty()) return {};
  try {
    return resolve_owner(root, operation_.user);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    return {};
  }
}

}  // namespace estiba::build
