// Archives made in memory, sound ones and others.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "archive/tar_reader.h"
#include "archive/tar_writer.h"
#include "base/stream.h"

namespace estiba::archive::testing {

struct Member {
  TarEntry entry;
  std::string content = {};
};

// Paths are written as they are, also those that nobody should write.
inline std::string make_tar(const std::vector<Member>& members) {
  StringSink sink(64u << 20);
  TarWriter writer(sink);
  for (Member member : members) {
    StringSource body(member.content);
    const bool is_file = member.entry.type == EntryType::kFile;
    if (is_file && member.entry.extents.empty()) member.entry.size_bytes = member.content.size();
    writer.add(member.entry, is_file ? &body : nullptr);
  }
  writer.finish();
  return sink.text();
}

inline Member file(std::string path, std::string content = "content") {
  return {.entry = {.path = std::move(path)}, .content = std::move(content)};
}
inline Member directory(std::string path, unsigned mode = 0755) {
  return {.entry = {.path = std::move(path), .type = EntryType::kDirectory, .mode = mode}};
}
inline Member symlink(std::string path, std::string target) {
  return {.entry = {.path = std::move(path),
                    .type = EntryType::kSymlink,
                    .mode = 0777,
                    .link_target = std::move(target)}};
}
inline Member hard_link(std::string path, std::string target) {
  return {.entry = {.path = std::move(path),
                    .type = EntryType::kHardLink,
                    .link_target = std::move(target)}};
}

inline std::vector<Member> read_tar(Source& source) {
  std::vector<Member> members;
  TarReader reader(source);
  while (auto entry = reader.next()) {
    std::string content = read_all(reader.body(), 256u << 20, entry->path);
    members.push_back({.entry = std::move(*entry), .content = std::move(content)});
  }
  return members;
}
inline std::vector<Member> read_tar(std::string bytes) {
  StringSource source(std::move(bytes));
  return read_tar(source);
}

}  // namespace estiba::archive::testing
