#include "store/archive_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <limits>

#include "archive/compression.h"
#include "archive/file_source.h"
#include "archive/tar_reader.h"
#include "base/cancel.h"
#include "base/error.h"
#include "store/limits.h"
#include "store/temporary_area.h"

namespace estiba::store {
namespace {

bool is_plain_tar(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw_errno("examine the archive");
  if (!S_ISREG(status.st_mode)) return false;
  std::array<std::byte, 512> block = {};
  const std::size_t size = read_at(fd, block, 0, "archive");
  return size == block.size() && archive::looks_like_tar(block);
}

// The name that a symbolic link in an archive means; empty when it leads out of it.
std::string linked_name(const std::string& link, const std::string& target) {
  const std::size_t slash = link.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : link.substr(0, slash + 1);
  try {
    return archive::clean_entry_path(directory + target);
  } catch (const Error&) {
    return {};
  }
}

UniqueFd spool(TemporaryArea& temporary, int fd, const std::stop_token& stop) {
  const fs::TemporaryFile file = temporary.make_file();
  FdSource source(duplicate(fd), "archive");
  const std::unique_ptr<Source> tar = archive::open_maybe_compressed(source);
  CountingSource counted(*tar, [&](std::uint64_t) { throw_if_stopped(stop); });
  FdSink sink(file.fd(), "temporary archive");
  copy(counted, sink);
  return duplicate(file.fd());
}

}  // namespace

ArchiveFile ArchiveFile::open(TemporaryArea& temporary, int fd, const std::stop_token& stop) {
  ArchiveFile archive(is_plain_tar(fd) ? duplicate(fd) : spool(temporary, fd, stop));
  archive.read_members(stop);
  return archive;
}

void ArchiveFile::read_members(const std::stop_token& stop) {
  archive::FileSource source(fd_.get(), 0, file_size(fd_.get(), "archive"), "archive");
  archive::TarReader reader(source);
  while (const auto entry = reader.next()) {
    throw_if_stopped(stop);
    if (members_.size() >= kMaxArchiveEntries) {
      throw Error(ErrorCode::kResourceExhausted,
                  fmt::format("the archive has more than {} members", kMaxArchiveEntries));
    }
    Member member{
        .offset_bytes = reader.data_offset(), .size_bytes = entry->size_bytes, .link_target = {}};
    if (entry->type == archive::EntryType::kSymlink) {
      member.link_target = linked_name(entry->path, entry->link_target);
    } else if (entry->type == archive::EntryType::kHardLink) {
      member.link_target = entry->link_target;
    } else if (entry->type != archive::EntryType::kFile || !entry->extents.empty()) {
      continue;
    }
    members_.insert_or_assign(entry->path, std::move(member));
  }
}

const ArchiveFile::Member* ArchiveFile::find(std::string_view name) const {
  std::string wanted;
  try {
    wanted = archive::clean_entry_path(name);
  } catch (const Error&) {
    return nullptr;
  }
  for (int links = 0; links <= kMaxArchiveLinks; ++links) {
    const auto found = members_.find(wanted);
    if (found == members_.end()) return nullptr;
    if (found->second.link_target.empty()) return &found->second;
    wanted = found->second.link_target;
  }
  return nullptr;
}

const ArchiveFile::Member& ArchiveFile::get(std::string_view name) const {
  const Member* member = find(name);
  if (member == nullptr) {
    throw Error(ErrorCode::kNotFound, fmt::format("the archive has no member \"{}\"", name));
  }
  return *member;
}

bool ArchiveFile::contains(std::string_view name) const {
  return find(name) != nullptr;
}

std::uint64_t ArchiveFile::size_bytes(std::string_view name) const {
  return get(name).size_bytes;
}

std::string ArchiveFile::read(std::string_view name, std::size_t max_bytes) const {
  const std::unique_ptr<Source> source = open_member(name);
  return read_all(*source, max_bytes, name);
}

std::unique_ptr<Source> ArchiveFile::open_member(std::string_view name,
                                                 std::uint64_t offset_bytes) const {
  const Member& member = get(name);
  if (offset_bytes > member.size_bytes) {
    throw Error(ErrorCode::kInternal, fmt::format("\"{}\" is shorter than its reader", name));
  }
  return std::make_unique<archive::FileSource>(fd_.get(), member.offset_bytes + offset_bytes,
                                               member.offset_bytes + member.size_bytes,
                                               fmt::format("{} of the archive", name));
}

}  // namespace estiba::store
