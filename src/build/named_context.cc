#include "build/named_context.h"

#include <fcntl.h>
#include <unistd.h>

#include "archive/layer_tar.h"
#include "archive/tar_reader.h"
#include "archive/tar_writer.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/fd.h"
#include "build/limits.h"
#include "dockerfile/ignore.h"
#include "fs/root_dir.h"
#include "fs/temp.h"
#include "oci/image_config.h"
#include "store/image_store.h"
#include "store/layer_store.h"

namespace estiba::build {
namespace {

dockerfile::IgnoreRules ignore_rules_of(const fs::RootDir& root) {
  const auto fd = root.try_open(".dockerignore", O_RDONLY);
  if (!fd) return {};
  return dockerfile::IgnoreRules::parse(read_fd(fd->get(), ".dockerignore", kMaxIgnoreFileBytes));
}

// The files as a context has them: whoever owns them here, they are root's in the image.
Digest write_layer(store::Store& store, Source& tar, const std::stop_token& stop) {
  const auto layer = store.layers().create();
  archive::TarReader reader(tar);
  archive::TarWriter writer(*layer);
  while (auto entry = reader.next()) {
    throw_if_stopped(stop);
    entry->uid = 0;
    entry->gid = 0;
    const bool has_body = entry->type == archive::EntryType::kFile;
    writer.add(*entry, has_body ? &reader.body() : nullptr);
  }
  writer.finish();
  return layer->commit();
}

}  // namespace

Digest image_of_directory(store::Store& store, const std::string& directory, store::Lease& lease,
                          const std::stop_token& stop) {
  const fs::RootDir root = fs::RootDir::open(directory);
  const dockerfile::IgnoreRules ignore = ignore_rules_of(root);
  archive::ChangeOptions options;
  options.exclude = [&](std::string_view path) {
    return ignore.ignored(path) && !ignore.may_have_exceptions_below(path);
  };
  const fs::TemporaryDirectory scratch = store.temporary_directory();
  const fs::TemporaryFile file = fs::TemporaryFile::create(scratch.path());
  FdSink sink(file.fd(), "the named context");
  const UniqueFd readable = open_file(directory, O_RDONLY | O_DIRECTORY);
  archive::write_change(readable.get(), sink, options);
  if (::lseek(file.fd(), 0, SEEK_SET) != 0) throw_errno("read the named context");
  FdSource tar(duplicate(file.fd()), "the named context");

  ImageConfig config;
  config.platform = Platform::host();
  config.diff_ids.push_back(write_layer(store, tar, stop));
  lease.keep_layers(config.diff_ids);
  const Digest id = store.images().add_intermediate({config.serialize(), std::nullopt});
  lease.keep_image(id);
  return id;
}

}  // namespace estiba::build
