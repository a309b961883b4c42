#include "build/steps/directory_step.h"

#include "archive/tar_writer.h"
#include "build/cache_key.h"
#include "build/copy/layer_composer.h"
#include "fs/root_dir.h"
#include "store/layer_store.h"

namespace estiba::build {

Digest DirectoryStep::key() {
  return KeyHasher("directory")
      .add("stack", stack_name(base_.image.diff_ids))
      .add("path", operation_.path)
      .finish();
}

std::optional<Digest> DirectoryStep::execute() {
  const BuildEnvironment& environment = context_.environment;
  const store::Snapshot below =
      environment.mounter.mount_read_only(base_.image.diff_ids, context_.stop);
  const fs::RootDir root = fs::RootDir::open(below.path());
  const auto layer = environment.store.layers().create();
  archive::TarWriter tar(*layer);
  LayerComposer composer(root, tar, {Owner{}, context_.now});
  const std::string path = composer.resolve(operation_.path);
  if (composer.is_directory(path)) return std::nullopt;
  composer.add_directories(path);
  tar.finish();
  return layer->commit();
}

}  // namespace estiba::build
