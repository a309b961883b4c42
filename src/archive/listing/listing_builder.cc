#include "archive/listing/listing_builder.h"

#include <unistd.h>

#include <cstring>
#include <optional>

#include "archive/layer_path.h"
#include "archive/limits.h"
#include "archive/whiteout.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/stream.h"

namespace estiba::archive {
namespace {

constexpr std::size_t kKnownParents = 65'536;

EntryRecord record_of(const TarEntry& entry, std::uint64_t data_offset,
                      const ContentHash& content) {
  EntryRecord record;
  record.size_bytes = entry.size_bytes;
  record.data_offset = data_offset;
  record.mtime_seconds = unix_seconds(entry.mtime);
  record.content = content;
  record.uid = entry.uid;
  record.gid = entry.gid;
  record.mode = static_cast<std::uint16_t>(entry.mode);
  record.type = static_cast<std::uint8_t>(entry.type);
  record.flags = static_cast<std::uint8_t>(
      kFlagThere | (entry.extents.empty() ? std::uint8_t{0} : std::uint8_t{kFlagHoles}));
  return record;
}

EntryRecord directory_record(std::uint8_t flags) {
  EntryRecord record;
  record.type = static_cast<std::uint8_t>(EntryType::kDirectory);
  record.mode = 0755;
  record.flags = flags;
  return record;
}

// One section of the listing on its way to its place: how long it is gets known at the end.
class Section {
 public:
  explicit Section(const std::string& scratch)
      : file_(fs::TemporaryFile::create(scratch, "list")) {}

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  void append(std::string_view bytes) {
    buffer_.append(bytes);
    size_bytes_ += bytes.size();
    if (buffer_.size() >= kCopyBufferBytes) flush();
  }
  template <typename Record>
  void append_record(const Record& record) {
    append({reinterpret_cast<const char*>(&record), sizeof record});
  }
  void copy_to(Sink& sink) {
    flush();
    std::string part(kCopyBufferBytes, '\0');
    for (std::uint64_t at = 0; at < size_bytes_;) {
      const std::size_t got =
          read_at(file_.fd(), std::as_writable_bytes(std::span(part)), at, "a listing");
      sink.write(as_bytes(std::string_view(part).substr(0, got)));
      at += got;
    }
  }

 private:
  void flush() {
    write_all(file_.fd(), buffer_, "a listing");
    buffer_.clear();
  }

  fs::TemporaryFile file_;
  std::string buffer_;
  std::uint64_t size_bytes_ = 0;
};

// Takes sorted entries, makes one of all that have the same path, and writes the sections.
class SectionWriter {
 public:
  explicit SectionWriter(const std::string& scratch)
      : directories_(scratch), records_(scratch), text_(scratch) {}

  void add(const UnsortedEntry& entry) {
    if (!has_current_ || entry.name != name_ || entry.parent != parent_) {
      write_current();
      if (!has_directory_ || entry.parent != directory_path_) begin_directory(entry.parent);
      parent_ = entry.parent;
      name_ = entry.name;
      link_ = entry.link;
      current_ = entry.record;
      has_current_ = true;
      return;
    }
    join(entry);
  }

  void finish(int fd, bool truncated, std::string_view packages) {
    write_current();
    end_directory();
    ListingHeader header;
    header.truncated = truncated ? 1 : 0;
    header.directory_count = directories_.size_bytes() / sizeof(DirectoryRecord);
    header.record_count = records_count_;
    header.text_bytes = text_.size_bytes();
    header.package_bytes = packages.size();
    FdSink file(fd, "a listing");
    HashSink sum(HashAlgorithm::kSha256, &file);
    const std::string_view head(reinterpret_cast<const char*>(&header), sizeof header);
    file.write(as_bytes(head.substr(0, kChecksummedFrom)));
    sum.write(as_bytes(head.substr(kChecksummedFrom)));
    directories_.copy_to(sum);
    records_.copy_to(sum);
    text_.copy_to(sum);
    sum.write(as_bytes(packages));
    const std::string checksum = sum.hasher().finish_hex();
    std::memcpy(header.checksum.data(), checksum.data(), header.checksum.size());
    if (::pwrite(fd, &header, kChecksummedFrom, 0) != static_cast<ssize_t>(kChecksummedFrom)) {
      throw_errno("write a listing");
    }
  }

 private:
  // The later one counts, but what the layer removes below stays removed, and a directory that was
  // only implied gives way to any other.
  void join(const UnsortedEntry& later) {
    const auto kept = static_cast<std::uint8_t>((current_.flags | later.record.flags) &
                                                (kFlagRemoves | kFlagOpaque));
    const bool weaker = (later.record.flags & kFlagThere) == 0 ||
                        ((later.record.flags & kFlagImplied) != 0 && (current_.flags & kFlagThere));
    if (!weaker) {
      current_ = later.record;
      link_ = later.link;
    }
    current_.flags |= kept;
  }

  void write_current() {
    if (!has_current_) return;
    current_.text_offset = text_.size_bytes();
    current_.name_length = static_cast<std::uint16_t>(name_.size());
    current_.link_length = static_cast<std::uint16_t>(link_.size());
    text_.append(name_);
    text_.append(link_);
    records_.append_record(current_);
    ++records_count_;
  }

  void begin_directory(std::string_view path) {
    end_directory();
    has_directory_ = true;
    directory_path_ = path;
    directory_ = {text_.size_bytes(), static_cast<std::uint32_t>(path.size()), records_count_, 0,
                  0};
    text_.append(path);
  }

  void end_directory() {
    if (!has_directory_) return;
    directory_.count = records_count_ - directory_.first;
    directories_.append_record(directory_);
  }

  Section directories_;
  Section records_;
  Section text_;
  std::uint32_t records_count_ = 0;
  bool has_directory_ = false;
  std::string directory_path_;
  DirectoryRecord directory_;
  bool has_current_ = false;
  std::string parent_;
  std::string name_;
  std::string link_;
  EntryRecord current_;
};

}  // namespace

ListingBuilder::ListingBuilder(std::string scratch)
    : scratch_(std::move(scratch)), sorter_(scratch_) {}

void ListingBuilder::add_record(std::string_view path, std::string_view link,
                                const EntryRecord& record) {
  const auto [parent, name] = split_parent(path);
  sorter_.add({parent, name, link, record});
  ++count_;
}

void ListingBuilder::add_parents(std::string_view path) {
  if (parents_.size() > kKnownParents) parents_.clear();
  for (std::string_view parent = split_parent(path).parent; !parent.empty();
       parent = split_parent(parent).parent) {
    if (!parents_.insert(std::string(parent)).second) return;
    add_record(parent, "", directory_record(kFlagThere | kFlagImplied));
  }
}

bool ListingBuilder::add(const TarEntry& entry, std::uint64_t data_offset,
                         const ContentHash& content) {
  if (count_ >= kMaxListedEntries || sorter_.size_bytes() >= kMaxListingBytes) {
    truncated_ = true;
    return false;
  }
  const Whiteout whiteout = classify_whiteout(entry.path);
  switch (whiteout.kind) {
    case WhiteoutKind::kMetadata:
      return true;
    case WhiteoutKind::kRemoves:
      add_parents(whiteout.path);
      add_record(whiteout.path, "", directory_record(kFlagRemoves));
      return true;
    case WhiteoutKind::kOpaque:
      add_parents(whiteout.path);
      add_record(whiteout.path, "", directory_record(kFlagThere | kFlagImplied | kFlagOpaque));
      return true;
    case WhiteoutKind::kOrdinary:
      break;
  }
  add_parents(entry.path);
  add_record(entry.path, entry.link_target, record_of(entry, data_offset, content));
  return true;
}

void ListingBuilder::add_packages(PackageDatabase database) {
  for (const Package& package : database.packages) {
    package_bytes_ += package.name.size() + package.version.size() + 8;
  }
  if (package_bytes_ > kMaxListedPackageBytes) {
    truncated_ = true;
    return;
  }
  packages_.push_back(std::move(database));
}

void ListingBuilder::finish(int fd) {
  SectionWriter writer(scratch_);
  sorter_.visit_sorted([&](const UnsortedEntry& entry) { writer.add(entry); });
  writer.finish(fd, truncated_, write_package_databases(packages_));
}

}  // namespace estiba::archive
