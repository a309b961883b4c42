#include "build/named_context.h"

#include <fcntl.h>
#include <unistd.h>

#include "archive/layer_tar.h"
#include "archive/tar_reader.h"
#include "archive/tar_writer.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"
#include "base/text.h"
#include "build/cache_key.h"
#include "build/limits.h"
#include "dockerfile/ignore.h"
#include "fs/root_dir.h"
#include "fs/temp.h"
#include "oci/image_config.h"
#include "oci/reference.h"
#include "store/build_cache.h"
#include "store/image_store.h"
#include "store/layer_store.h"

namespace estiba::build {
namespace {

dockerfile::IgnoreRules ignore_rules_of(const fs::RootDir& root) {
  const auto fd = root.try_open(".dockerignore", O_RDONLY);
  if (!fd) return {};
  return dockerfile::IgnoreRules::parse(read_fd(fd->get(), ".dockerignore", kMaxIgnoreFileBytes));
}

enum class ContextTimes { kKept, kForgotten };

// The files as a context has them: whoever owns them here, they are root's in the image.
void rewrite_context(int tar_fd, Sink& out, ContextTimes times, const std::stop_token& stop) {
  if (::lseek(tar_fd, 0, SEEK_SET) != 0) throw_errno("read the named context");
  FdSource tar(duplicate(tar_fd), "the named context");
  archive::TarReader reader(tar);
  archive::TarWriter writer(out);
  while (auto entry = reader.next()) {
    throw_if_stopped(stop);
    entry->uid = 0;
    entry->gid = 0;
    if (times == ContextTimes::kForgotten) entry->mtime = from_unix_seconds(0);
    const bool has_body = entry->type == archive::EntryType::kFile;
    writer.add(*entry, has_body ? &reader.body() : nullptr);
  }
  writer.finish();
}

Digest content_key(int tar_fd, const std::stop_token& stop) {
  HashSink hash(HashAlgorithm::kSha256);
  rewrite_context(tar_fd, hash, ContextTimes::kForgotten, stop);
  return KeyHasher("named context").add("content", Digest::finish(hash.hasher()).hex()).finish();
}

// Leased first, then looked for again: a prune in between would have taken it.
std::optional<Digest> known_layer(store::Store& store, const Digest& key, store::Lease& lease) {
  const auto known = store.build_cache().find(key);
  if (!known || !known->layer) return std::nullopt;
  lease.keep_layer(*known->layer);
  const auto kept = store.build_cache().find(key);
  return kept ? kept->layer : std::nullopt;
}

Digest layer_of(store::Store& store, int tar_fd, store::Lease& lease, const std::stop_token& stop) {
  const Digest key = content_key(tar_fd, stop);
  const fs::FileLock lock = store.build_cache().lock(key, stop);
  if (auto known = known_layer(store, key, lease)) return *known;
  const auto layer = store.layers().create();
  rewrite_context(tar_fd, *layer, ContextTimes::kKept, stop);
  const Digest diff_id = layer->commit();
  lease.keep_layer(diff_id);
  store.build_cache().put(key, {diff_id, now()}, "[context] named files");
  return diff_id;
}

}  // namespace

std::string context_key(const std::string& name) {
  const std::string lower = to_lower(name);
  try {
    const Reference reference = Reference::parse(lower);
    const std::string key = reference.familiar();
    const std::string_view latest = ":latest";
    return key.ends_with(latest) ? key.substr(0, key.size() - latest.size()) : key;
  } catch (const Error&) {
    return lower;  // a name of a stage may be what no image's is
  }
}

std::optional<std::string> find_context(const NamedContexts& contexts, const std::string& name) {
  if (contexts.empty() || name.empty() || to_lower(name) == "scratch") return std::nullopt;
  const auto found = contexts.find(context_key(name));
  if (found == contexts.end()) return std::nullopt;
  return found->second;
}

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

  ImageConfig config;
  config.platform = Platform::host();
  config.diff_ids.push_back(layer_of(store, file.fd(), lease, stop));
  const Digest id = store.images().add_intermediate({config.serialize(), std::nullopt});
  lease.keep_image(id);
  return id;
}

}  // namespace estiba::build
