#include "archive/listing/layer_listing.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "archive/layer_path.h"
#include "archive/listing/listing_format.h"
#include "base/error.h"
#include "base/hash.h"

namespace estiba::archive {
namespace {

// Links to links to links; ln(1) makes none.
constexpr int kMaxHardLinkHops = 8;

[[noreturn]] void throw_damaged_listing() {
  throw Error(ErrorCode::kDataLoss, "the listing of a layer is damaged");
}

unsigned char path_byte(char c) {
  return c == '/' ? 0 : static_cast<unsigned char>(c);
}

}  // namespace

int compare_paths(std::string_view a, std::string_view b) {
  if (a == b) return 0;  // neighbours in a directory, most of the time
  const std::size_t common = std::min(a.size(), b.size());
  const auto [at, other] =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin());
  if (at == a.begin() + static_cast<std::ptrdiff_t>(common)) {
    return a.size() < b.size() ? -1 : 1;
  }
  return path_byte(*at) < path_byte(*other) ? -1 : 1;
}

struct LayerListing::Parts {
  ListingHeader header;
  const DirectoryRecord* directories = nullptr;
  const EntryRecord* records = nullptr;
  std::string_view text;
  std::string_view packages;
};

LayerListing::LayerListing(const UniqueFd& fd) : size_bytes_(file_size(fd.get(), "a listing")) {
  if (size_bytes_ < sizeof(ListingHeader)) throw_damaged_listing();
  mapped_ = ::mmap(nullptr, size_bytes_, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (mapped_ == MAP_FAILED) {
    mapped_ = nullptr;
    throw_errno("map a listing");
  }
  try {
    const std::string_view all(static_cast<const char*>(mapped_), size_bytes_);
    auto parts = std::make_unique<Parts>();
    std::memcpy(&parts->header, all.data(), sizeof(ListingHeader));
    const ListingHeader& header = parts->header;
    Hasher hasher(HashAlgorithm::kSha256);
    hasher.update(all.substr(kChecksummedFrom));
    if (header.magic != kListingMagic ||
        hasher.finish_hex() != std::string_view(header.checksum.data(), header.checksum.size())) {
      throw_damaged_listing();
    }
    // Written by ourselves, as the checksum says: the counts fit.
    const char* at = all.data() + sizeof(ListingHeader);
    parts->directories = reinterpret_cast<const DirectoryRecord*>(at);
    at += header.directory_count * sizeof(DirectoryRecord);
    parts->records = reinterpret_cast<const EntryRecord*>(at);
    at += header.record_count * sizeof(EntryRecord);
    parts->text = {at, header.text_bytes};
    parts->packages = {at + header.text_bytes, header.package_bytes};
    packages_ = read_package_databases(parts->packages);
    parts_ = std::move(parts);
  } catch (...) {
    ::munmap(mapped_, size_bytes_);
    throw;
  }
}

LayerListing::~LayerListing() {
  ::munmap(mapped_, size_bytes_);
}

std::string_view LayerListing::text(std::uint64_t offset, std::size_t length) const {
  return parts_->text.substr(offset, length);
}

std::optional<ListedDirectory> LayerListing::directory(std::string_view path) const {
  const DirectoryRecord* end = parts_->directories + parts_->header.directory_count;
  const DirectoryRecord* found = std::lower_bound(
      parts_->directories, end, path, [this](const DirectoryRecord& one, std::string_view wanted) {
        return compare_paths(text(one.path_offset, one.path_length), wanted) < 0;
      });
  if (found == end || text(found->path_offset, found->path_length) != path) return std::nullopt;
  return ListedDirectory{found->first, found->count};
}

ListedEntry LayerListing::entry(std::size_t index) const {
  const EntryRecord& record = parts_->records[index];
  ListedEntry entry;
  entry.name = text(record.text_offset, record.name_length);
  entry.type = static_cast<EntryType>(record.type);
  entry.removes = (record.flags & kFlagRemoves) != 0;
  entry.is_there = (record.flags & kFlagThere) != 0;
  entry.opaque = (record.flags & kFlagOpaque) != 0;
  entry.implied = (record.flags & kFlagImplied) != 0;
  entry.has_holes = (record.flags & kFlagHoles) != 0;
  entry.mode = record.mode;
  entry.uid = record.uid;
  entry.gid = record.gid;
  entry.mtime_seconds = record.mtime_seconds;
  entry.size_bytes = record.size_bytes;
  entry.data_offset = record.data_offset;
  entry.content = record.content;
  entry.link = text(record.text_offset + record.name_length, record.link_length);
  return entry;
}

std::size_t LayerListing::lower_bound(const ListedDirectory& directory,
                                      std::string_view name) const {
  const EntryRecord* first = parts_->records + directory.first;
  const EntryRecord* found =
      std::lower_bound(first, first + directory.count, name,
                       [this](const EntryRecord& one, std::string_view wanted) {
                         return text(one.text_offset, one.name_length) < wanted;
                       });
  return static_cast<std::size_t>(found - parts_->records);
}

std::optional<ListedEntry> LayerListing::find(std::string_view path) const {
  const auto [parent, name] = split_parent(path);
  const auto inside = directory(parent);
  if (!inside) return std::nullopt;
  const std::size_t at = lower_bound(*inside, name);
  if (at == inside->first + inside->count) return std::nullopt;
  ListedEntry found = entry(at);
  return found.name == name ? std::optional(found) : std::nullopt;
}

std::optional<ListedEntry> LayerListing::follow(const ListedEntry& hard_link) const {
  std::optional<ListedEntry> found = hard_link;
  for (int hop = 0; found && found->is_there && found->type == EntryType::kHardLink; ++hop) {
    if (hop == kMaxHardLinkHops) return std::nullopt;
    found = find(found->link);
  }
  return found && found->is_there ? found : std::nullopt;
}

bool LayerListing::truncated() const {
  return parts_->header.truncated != 0;
}

std::size_t LayerListing::entry_count() const {
  return parts_->header.record_count;
}

}  // namespace estiba::archive
