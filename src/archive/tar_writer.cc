#include "archive/tar_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "archive/limits.h"
#include "archive/pax.h"
#include "archive/sparse_map.h"
#include "archive/tar_header.h"
#include "base/error.h"
#include "base/text.h"

namespace estiba::archive {
namespace {

using Records = std::map<std::string, std::string>;

constexpr char kPaxType = 'x';

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::kFile:
      return '0';
    case EntryType::kHardLink:
      return '1';
    case EntryType::kSymlink:
      return '2';
    case EntryType::kCharDevice:
      return '3';
    case EntryType::kBlockDevice:
      return '4';
    case EntryType::kDirectory:
      return '5';
    case EntryType::kFifo:
      return '6';
  }
  return '0';
}

void put_text(TarBlock& block, TarField field, std::string_view text) {
  std::memcpy(block.data() + field.offset, text.data(), std::min(text.size(), field.size));
}

// Octal digits and a NUL; false when the number does not fit.
bool put_number(TarBlock& block, TarField field, std::int64_t number) {
  const std::string digits = fmt::format("{:0{}o}", number, field.size - 1);
  if (number < 0 || digits.size() >= field.size) return false;
  put_text(block, field, digits);
  return true;
}

// The same, with a record and a zero where it does not fit.
void put_number_or_record(TarBlock& block, TarField field, std::int64_t number,
                          std::string_view key, Records& records) {
  if (put_number(block, field, number)) return;
  put_number(block, field, 0);
  records.insert_or_assign(std::string(key), fmt::format("{}", number));
}

// Splits at a slash so that both parts fit their fields (POSIX.1-2001, ustar); nothing when they
// cannot.
bool put_split_name(TarBlock& block, std::string_view name) {
  if (name.size() <= tar_fields::kName.size) {
    put_text(block, tar_fields::kName, name);
    return true;
  }
  const std::size_t longest = std::min(tar_fields::kPrefix.size, name.size() - 2);
  const std::size_t slash = name.rfind('/', longest);
  if (slash == std::string_view::npos || slash == 0) return false;
  const std::string_view rest = name.substr(slash + 1);
  if (rest.size() > tar_fields::kName.size) return false;
  put_text(block, tar_fields::kPrefix, name.substr(0, slash));
  put_text(block, tar_fields::kName, rest);
  return true;
}

void put_name(TarBlock& block, const std::string& name, Records& records) {
  if (is_ascii(name) && put_split_name(block, name)) return;
  records.insert_or_assign("path", name);
  put_text(block, tar_fields::kName, is_ascii(name) ? name : "././@LongName");
}

void put_link(TarBlock& block, const std::string& target, Records& records) {
  if (is_ascii(target) && target.size() <= tar_fields::kLinkName.size) {
    put_text(block, tar_fields::kLinkName, target);
  } else {
    records.insert_or_assign("linkpath", target);
    put_text(block, tar_fields::kLinkName, "././@LongLink");
  }
}

void put_checksum(TarBlock& block) {
  put_text(block, tar_fields::kChecksum, fmt::format("{:06o}", block_checksum(block)));
  block[tar_fields::kChecksum.offset + 6] = std::byte{0};
  block[tar_fields::kChecksum.offset + 7] = std::byte{' '};
}

TarBlock begin_block(char type) {
  TarBlock block = {};
  put_text(block, tar_fields::kType, std::string_view(&type, 1));
  put_text(block, tar_fields::kMagic, kUstarMagic);
  return block;
}

void put_xattrs(const TarEntry& entry, Records& records) {
  for (const auto& [name, value] : entry.xattrs) {
    if (name.find('=') != std::string::npos || name.find('\0') != std::string::npos) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("tar cannot hold the extended attribute {:?}", name));
    }
    records.insert_or_assign("SCHILY.xattr." + name, value);
  }
}

std::string name_of(const TarEntry& entry) {
  if (entry.path.empty()) return "./";
  return entry.type == EntryType::kDirectory ? entry.path + "/" : entry.path;
}

std::uint64_t stored_bytes(const TarEntry& entry) {
  if (entry.extents.empty()) return entry.size_bytes;
  std::uint64_t total = 0;
  for (const Extent& extent : entry.extents) total += extent.length_bytes;
  return total;
}

[[noreturn]] void throw_changed(const TarEntry& entry) {
  throw Error(ErrorCode::kConflict,
              fmt::format("{:?} became shorter than {} bytes while it was being read", entry.path,
                          entry.size_bytes));
}

}  // namespace

TarWriter::TarWriter(Sink& sink, TarWriterOptions options)
    : sink_(sink),
      options_(std::move(options)),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(kCopyBufferBytes)) {}

void TarWriter::flush() {
  if (buffered_bytes_ > 0) sink_.write(Bytes(buffer_.get(), buffered_bytes_));
  buffered_bytes_ = 0;
}

void TarWriter::write(Bytes data) {
  size_bytes_ += data.size();
  if (data.size() > kCopyBufferBytes - buffered_bytes_) flush();
  if (data.size() > kCopyBufferBytes) {
    sink_.write(data);
  } else if (!data.empty()) {
    std::memcpy(buffer_.get() + buffered_bytes_, data.data(), data.size());
    buffered_bytes_ += data.size();
  }
}

void TarWriter::pad() {
  static constexpr TarBlock kZeros = {};
  write(Bytes(kZeros).first(static_cast<std::size_t>(tar_padding(size_bytes_))));
}

void TarWriter::write_records(const std::map<std::string, std::string>& records) {
  std::string text;
  for (const auto& [key, value] : records) text += format_pax_record(key, value);
  if (text.size() > kMaxExtendedHeaderBytes) {
    throw Error(ErrorCode::kInvalidArgument, "the names and attributes of an entry are too large");
  }
  TarBlock block = begin_block(kPaxType);
  put_text(block, tar_fields::kName, "././@PaxHeader");
  put_number(block, tar_fields::kMode, 0644);
  for (const TarField field : {tar_fields::kUid, tar_fields::kGid, tar_fields::kMtime,
                               tar_fields::kDeviceMajor, tar_fields::kDeviceMinor}) {
    put_number(block, field, 0);
  }
  put_number(block, tar_fields::kSize, static_cast<std::int64_t>(text.size()));
  put_checksum(block);
  write(block);
  write(as_bytes(text));
  pad();
}

void TarWriter::write_header(const TarEntry& entry) {
  Records records;
  TarBlock block = begin_block(type_flag(entry.type));
  const bool is_sparse = !entry.extents.empty();
  const std::string map =
      is_sparse ? format_sparse_map(entry.extents, entry.size_bytes) : std::string();
  if (is_sparse) {
    records = {{"GNU.sparse.major", "1"},
               {"GNU.sparse.minor", "0"},
               {"GNU.sparse.name", entry.path},
               {"GNU.sparse.realsize", fmt::format("{}", entry.size_bytes)}};
    // Readers that do not know the format extract map and data under this name.
    put_name(block, "GNUSparseFile.0/" + entry.path.substr(entry.path.rfind('/') + 1), records);
  } else {
    put_name(block, name_of(entry), records);
  }
  put_link(block, entry.link_target, records);
  put_xattrs(entry, records);
  put_number(block, tar_fields::kMode, entry.mode & 07777);
  put_number_or_record(block, tar_fields::kUid, entry.uid, "uid", records);
  put_number_or_record(block, tar_fields::kGid, entry.gid, "gid", records);
  put_number_or_record(block, tar_fields::kMtime, unix_seconds(entry.mtime), "mtime", records);
  const std::uint64_t stored = map.size() + tar_padding(map.size()) + stored_bytes(entry);
  put_number_or_record(block, tar_fields::kSize, static_cast<std::int64_t>(stored), "size",
                       records);
  put_number(block, tar_fields::kDeviceMajor, entry.device_major);
  put_number(block, tar_fields::kDeviceMinor, entry.device_minor);
  put_checksum(block);
  if (!records.empty()) write_records(records);
  write(block);
  write(as_bytes(map));
  pad();
  if (options_.on_entry) options_.on_entry(entry, size_bytes_);
}

void TarWriter::write_body(const TarEntry& entry, Source& body, std::uint64_t count) {
  while (count > 0) {
    if (buffered_bytes_ == kCopyBufferBytes) flush();
    const auto room = static_cast<std::size_t>(
        std::min<std::uint64_t>(count, kCopyBufferBytes - buffered_bytes_));
    const std::size_t got = body.read({buffer_.get() + buffered_bytes_, room});
    if (got == 0) throw_changed(entry);
    buffered_bytes_ += got;
    size_bytes_ += got;
    count -= got;
  }
}

void TarWriter::add(const TarEntry& entry, Source* body) {
  if (entry.type != EntryType::kFile && (entry.size_bytes != 0 || body != nullptr)) {
    throw Error(ErrorCode::kInternal, fmt::format("{:?} is no file but has content", entry.path));
  }
  if (entry.size_bytes > 0 && body == nullptr) {
    throw Error(ErrorCode::kInternal, fmt::format("{:?} lacks its content", entry.path));
  }
  TarEntry written = entry;
  written.mtime = from_unix_seconds(unix_seconds(entry.mtime));
  written.extents = in_whole_blocks(entry.extents);
  written.user_name.clear();
  written.group_name.clear();
  write_header(written);
  if (body == nullptr) return;
  std::uint64_t position = 0;
  const Extent whole = {.offset_bytes = 0, .length_bytes = entry.size_bytes};
  for (const Extent& extent :
       written.extents.empty() ? std::span(&whole, 1) : std::span(std::as_const(written.extents))) {
    body->skip(extent.offset_bytes - position);
    write_body(entry, *body, extent.length_bytes);
    position = extent.offset_bytes + extent.length_bytes;
  }
  pad();
}

void TarWriter::add_file(const TarEntry& entry, int fd) {
  class BorrowedFile final : public Source {
   public:
    BorrowedFile(int file, const std::string& path) : file_(file), path_(path) {}
    [[nodiscard]] std::size_t read(MutableBytes buffer) override {
      return read_some(file_, buffer, path_);
    }

   private:
    int file_;
    const std::string& path_;
  };
  BorrowedFile body(fd, entry.path);
  add(entry, &body);
}

void TarWriter::finish() {
  static constexpr std::array<std::byte, 2 * kTarHeaderBytes> kEnd = {};
  write(kEnd);
  flush();
}

}  // namespace estiba::archive
