#include "build/compare_images.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <map>

#include "archive/layer_tar.h"
#include "archive/tar_reader.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"
#include "fs/temp.h"
#include "store/image_store.h"

namespace estiba::build {
namespace {

// What a person would compare, by name.
using Facts = std::map<std::string, std::string>;

std::string type_name(archive::EntryType type) {
  switch (type) {
    case archive::EntryType::kFile:
      return "file";
    case archive::EntryType::kDirectory:
      return "directory";
    case archive::EntryType::kSymlink:
      return "symbolic link";
    case archive::EntryType::kHardLink:
      return "hard link";
    default:
      return "special file";
  }
}

Facts describe_entry(const archive::TarEntry& entry, Source& body) {
  Facts facts;
  facts["type"] = type_name(entry.type);
  facts["mode"] = fmt::format("{:04o}", entry.mode);
  facts["owner"] = fmt::format("{}:{}", entry.uid, entry.gid);
  facts["time"] = format_rfc3339(entry.mtime);
  if (!entry.link_target.empty()) facts["target"] = entry.link_target;
  for (const auto& [name, value] : entry.xattrs) facts["xattr " + name] = Digest::of(value).hex();
  if (entry.type != archive::EntryType::kFile) return facts;
  HashSink hash(HashAlgorithm::kSha256);
  copy(body, hash);
  facts["content"] =
      fmt::format("{} bytes {}", entry.size_bytes, Digest::finish(hash.hasher()).short_hex());
  return facts;
}

std::map<std::string, Facts> files_of(store::Store& store, store::SnapshotMounter& mounter,
                                      const Digest& id, const std::stop_token& stop) {
  const store::Snapshot snapshot =
      mounter.mount_read_only(store.images().get(id).config.diff_ids, stop);
  const UniqueFd root = open_file(snapshot.path(), O_RDONLY | O_DIRECTORY);
  const fs::TemporaryDirectory scratch = store.temporary_directory();
  const fs::TemporaryFile file = fs::TemporaryFile::create(scratch.path());
  FdSink sink(file.fd(), "the image's files");
  archive::write_change(root.get(), sink);
  if (::lseek(file.fd(), 0, SEEK_SET) != 0) throw_errno("read the image's files");
  FdSource source(duplicate(file.fd()), "the image's files");
  archive::TarReader reader(source);
  std::map<std::string, Facts> files;
  while (const auto entry = reader.next()) {
    files[entry->path] = describe_entry(*entry, reader.body());
  }
  return files;
}

void compare_facts(const std::string& path, const Facts& first, const Facts& second,
                   std::vector<std::string>& differences) {
  Facts all = first;
  all.insert(second.begin(), second.end());
  for (const auto& [name, ignored] : all) {
    auto value = [&](const Facts& facts) {
      const auto found = facts.find(name);
      return found == facts.end() ? std::string("none") : found->second;
    };
    if (value(first) == value(second)) continue;
    differences.push_back(
        fmt::format("/{}: {} {} became {}", path, name, value(first), value(second)));
  }
}

}  // namespace

std::vector<std::string> compare_images(store::Store& store, store::SnapshotMounter& mounter,
                                        const Digest& first, const Digest& second,
                                        const std::stop_token& stop) {
  std::vector<std::string> differences;
  if (first == second) return differences;
  const auto before = files_of(store, mounter, first, stop);
  const auto after = files_of(store, mounter, second, stop);
  for (const auto& [path, facts] : before) {
    const auto other = after.find(path);
    if (other == after.end()) {
      differences.push_back("/" + path + ": only in the first build");
    } else {
      compare_facts(path, facts, other->second, differences);
    }
  }
  for (const auto& [path, facts] : after) {
    if (!before.contains(path)) differences.push_back("/" + path + ": only in the second build");
  }
  if (differences.empty()) {
    differences.emplace_back("config: the files are the same, the layers or the configuration not");
  }
  return differences;
}

}  // namespace estiba::build
