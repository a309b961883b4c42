#include "archive/listing/entry_sorter.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <queue>

#include "archive/limits.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"

namespace estiba::archive {
namespace {

constexpr std::size_t kRunBufferBytes = 128 * 1024;
constexpr std::size_t kLargestEntryBytes = 32 * 1024;  // a path and a link of 4 KiB each, and more

struct PackedSizes {
  std::uint16_t parent = 0;
  std::uint16_t name = 0;
  std::uint16_t link = 0;
  std::uint16_t unused = 0;
};
constexpr std::size_t kPackedHeadBytes = sizeof(PackedSizes) + sizeof(EntryRecord);

void pack_entry(std::string& out, const UnsortedEntry& entry) {
  const PackedSizes sizes{static_cast<std::uint16_t>(entry.parent.size()),
                          static_cast<std::uint16_t>(entry.name.size()),
                          static_cast<std::uint16_t>(entry.link.size()), 0};
  out.append(reinterpret_cast<const char*>(&sizes), sizeof sizes);
  out.append(reinterpret_cast<const char*>(&entry.record), sizeof entry.record);
  out.append(entry.parent).append(entry.name).append(entry.link);
}

std::size_t packed_size(const char* at) {
  PackedSizes sizes;
  std::memcpy(&sizes, at, sizeof sizes);
  return kPackedHeadBytes + sizes.parent + sizes.name + sizes.link;
}

UnsortedEntry unpack_entry(const char* at) {
  PackedSizes sizes;
  std::memcpy(&sizes, at, sizeof sizes);
  UnsortedEntry entry;
  std::memcpy(&entry.record, at + sizeof sizes, sizeof entry.record);
  const char* text = at + kPackedHeadBytes;
  entry.parent = {text, sizes.parent};
  entry.name = {text + sizes.parent, sizes.name};
  entry.link = {text + sizes.parent + sizes.name, sizes.link};
  return entry;
}

int compare_entries(const UnsortedEntry& a, const UnsortedEntry& b) {
  const int by_parent = compare_paths(a.parent, b.parent);
  return by_parent != 0 ? by_parent : a.name.compare(b.name);
}

// One sorted run of the file.
class RunReader {
 public:
  RunReader(int fd, std::uint64_t begin, std::uint64_t end)
      : fd_(fd), next_(begin), end_(end), buffer_(kRunBufferBytes, '\0') {
    fill();
  }

  [[nodiscard]] bool at_end() const { return begin_ == filled_; }
  [[nodiscard]] UnsortedEntry entry() const { return unpack_entry(buffer_.data() + begin_); }
  void advance() {
    begin_ += packed_size(buffer_.data() + begin_);
    if (filled_ - begin_ < kLargestEntryBytes && next_ < end_) fill();
  }

 private:
  void fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, filled_ - begin_);
    filled_ -= begin_;
    begin_ = 0;
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size() - filled_, end_ - next_));
    auto room = std::as_writable_bytes(std::span(buffer_)).subspan(filled_, wanted);
    if (read_at(fd_, room, next_, "sorted entries") != wanted) {
      throw Error(ErrorCode::kDataLoss, "the sorted entries of a layer are cut short");
    }
    next_ += wanted;
    filled_ += wanted;
  }

  int fd_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace

void EntrySorter::add(const UnsortedEntry& entry) {
  if (buffer_.size() + kLargestEntryBytes > kListingSortBytes) spill();
  offsets_.push_back(static_cast<std::uint32_t>(buffer_.size()));
  pack_entry(buffer_, entry);
}

void EntrySorter::spill() {
  std::stable_sort(offsets_.begin(), offsets_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return compare_entries(unpack_entry(buffer_.data() + a), unpack_entry(buffer_.data() + b)) < 0;
  });
  if (!file_) file_ = fs::TemporaryFile::create(scratch_, "entries");
  std::string sorted;
  sorted.reserve(kCopyBufferBytes + kLargestEntryBytes);
  for (const std::uint32_t offset : offsets_) {
    sorted.append(buffer_, offset, packed_size(buffer_.data() + offset));
    if (sorted.size() < kCopyBufferBytes) continue;
    write_all(file_->fd(), sorted, "sorted entries");
    sorted.clear();
  }
  write_all(file_->fd(), sorted, "sorted entries");
  runs_.push_back({spilled_bytes_, spilled_bytes_ + buffer_.size()});
  spilled_bytes_ += buffer_.size();
  buffer_.clear();
  offsets_.clear();
}

void EntrySorter::visit_sorted(const std::function<void(const UnsortedEntry&)>& visit) {
  spill();
  buffer_ = {};
  offsets_ = {};
  std::vector<std::unique_ptr<RunReader>> readers;
  const auto comes_later = [&](std::size_t a, std::size_t b) {
    const int order = compare_entries(readers[a]->entry(), readers[b]->entry());
    return order != 0 ? order > 0 : a > b;
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(comes_later)> next(
      comes_later);
  for (const Run& run : runs_) {
    readers.push_back(std::make_unique<RunReader>(file_->fd(), run.begin, run.end));
    if (!readers.back()->at_end()) next.push(readers.size() - 1);
  }
  while (!next.empty()) {
    const std::size_t first = next.top();
    next.pop();
    visit(readers[first]->entry());
    readers[first]->advance();
    if (!readers[first]->at_end()) next.push(first);
  }
}

}  // namespace estiba::archive
