#include "archive/tar_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "archive/limits.h"
#include "archive/pax.h"
#include "archive/sparse_map.h"
#include "archive/tar_header.h"
#include "archive/tar_stream.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

constexpr char kGlobalPax = 'g';
constexpr char kPax = 'x';
constexpr char kGnuLongName = 'L';
constexpr char kGnuLongLink = 'K';
constexpr char kGnuSparse = 'S';
constexpr char kGnuVolumeLabel = 'V';

// What headers of their own said about the entry that follows them.
struct Extensions {
  PaxRecords records;  // the global ones first
  std::optional<std::string> gnu_name;
  std::optional<std::string> gnu_link;

  // The last record of that name counts; an empty one takes back what came before.
  [[nodiscard]] const std::string* find(std::string_view key) const {
    const auto found = std::find_if(records.rbegin(), records.rend(),
                                    [&](const auto& record) { return record.first == key; });
    return found == records.rend() || found->second.empty() ? nullptr : &found->second;
  }
};

EntryType entry_type(const TarHeader& header) {
  switch (header.type) {
    case '0':
    case '\0':
    case '7':  // contiguous, where such a thing exists
    case kGnuSparse:
      // Before POSIX a directory was a file whose name ends in a slash.
      return header.name.ends_with('/') ? EntryType::kDirectory : EntryType::kFile;
    case '1':
      return EntryType::kHardLink;
    case '2':
      return EntryType::kSymlink;
    case '3':
      return EntryType::kCharDevice;
    case '4':
      return EntryType::kBlockDevice;
    case '5':
      return EntryType::kDirectory;
    case '6':
      return EntryType::kFifo;
    default:
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("the tar entry {:?} has the unknown type {:?}", header.name,
                              std::string(1, header.type)));
  }
}

std::uint32_t owner_id(std::int64_t id) {
  // The largest number means "unchanged" to chown(2).
  if (id < 0 || id > 0xfffffffeLL) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("it belongs to the owner {}", id));
  }
  return static_cast<std::uint32_t>(id);
}

std::uint32_t device_number(std::int64_t number) {
  constexpr std::int64_t kMaxMinor = (1 << 20) - 1;  // Linux has 12 bits of major, 20 of minor
  if (number < 0 || number > kMaxMinor) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("it has the device number {}", number));
  }
  return static_cast<std::uint32_t>(number);
}

std::uint64_t size_of(std::int64_t size_bytes) {
  if (size_bytes < 0) throw Error(ErrorCode::kInvalidArgument, "its size is negative");
  return static_cast<std::uint64_t>(size_bytes);
}

// The text of a long name without the NUL at its end.
std::string until_nul(std::string text) {
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

std::map<std::string, std::string> collect_xattrs(const PaxRecords& records) {
  std::map<std::string, std::string> xattrs;
  std::size_t size = 0;
  for (const auto& [key, value] : records) {
    PaxXattr xattr = parse_pax_xattr(key, value);
    if (xattr.name.empty()) continue;
    size += xattr.name.size() + xattr.value.size();
    if (size > kMaxXattrsBytes) {
      throw Error(ErrorCode::kInvalidArgument, "its extended attributes are too large");
    }
    // libarchive writes each in both spellings; the plain one counts.
    if (key.starts_with("SCHILY.")) {
      xattrs.insert_or_assign(std::move(xattr.name), std::move(xattr.value));
    } else {
      xattrs.emplace(std::move(xattr.name), std::move(xattr.value));
    }
  }
  return xattrs;
}

void apply_numbers(TarHeader& header, const Extensions& extensions) {
  const auto overrule = [&](std::string_view key, std::int64_t& number) {
    if (const std::string* value = extensions.find(key)) number = parse_pax_number(*value);
  };
  overrule("size", header.size_bytes);
  overrule("uid", header.uid);
  overrule("gid", header.gid);
  overrule("SCHILY.devmajor", header.device_major);
  overrule("SCHILY.devminor", header.device_minor);
}

void apply_names(TarHeader& header, const Extensions& extensions) {
  const auto overrule = [&](std::string_view key, std::string& text) {
    if (const std::string* value = extensions.find(key)) text = *value;
  };
  overrule("path", header.name);
  overrule("GNU.sparse.name", header.name);
  overrule("linkpath", header.link_name);
  overrule("uname", header.user_name);
  overrule("gname", header.group_name);
  if (extensions.gnu_name) header.name = *extensions.gnu_name;
  if (extensions.gnu_link) header.link_name = *extensions.gnu_link;
}

std::string symlink_target(const std::string& target) {
  if (target.empty() || target.size() > kMaxPathBytes || target.find('\0') != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument, "it is a symbolic link without a possible target");
  }
  return target;
}

TarEntry make_entry(const TarHeader& header, const Extensions& extensions) {
  TarEntry entry;
  entry.type = entry_type(header);
  entry.path = clean_entry_path(header.name);
  entry.mode = static_cast<std::uint32_t>(header.mode & 07777);
  entry.uid = owner_id(header.uid);
  entry.gid = owner_id(header.gid);
  const std::string* time = extensions.find("mtime");
  entry.mtime = time ? parse_pax_time(*time) : from_unix_seconds(header.mtime_seconds);
  entry.user_name = header.user_name;
  entry.group_name = header.group_name;
  if (entry.type == EntryType::kSymlink) {
    entry.link_target = symlink_target(header.link_name);
  } else if (entry.type == EntryType::kHardLink) {
    entry.link_target = clean_entry_path(header.link_name);
  } else if (entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice) {
    entry.device_major = device_number(header.device_major);
    entry.device_minor = device_number(header.device_minor);
  }
  if (!extensions.records.empty()) entry.xattrs = collect_xattrs(extensions.records);
  return entry;
}

}  // namespace

struct TarReader::State {
  explicit State(Source& source) : stream(source), body(stream) {}

  std::optional<TarBlock> read_header_block();
  std::string read_extended_header(const TarHeader& header);
  void remember_global(const PaxRecords& records);
  // Takes in headers that describe the next one; false when `header` is an entry itself.
  bool take_extension(const TarHeader& header, Extensions& extensions);
  TarEntry begin_entry(TarHeader header, const TarBlock& block, const Extensions& extensions);
  void read_file_layout(TarEntry& entry, const TarHeader& header, const TarBlock& block,
                        const Extensions& extensions);
  std::vector<Extent> read_gnu_extents(TarBlock block);
  std::vector<Extent> read_sparse_map();

  TarStream stream;
  EntryBody body;
  std::map<std::string, std::string> global_records;
  std::uint64_t entries = 0;
  std::uint64_t data_offset = 0;
  bool ended = false;
};

std::optional<TarBlock> TarReader::State::read_header_block() {
  const std::uint64_t at = stream.position();
  auto block = stream.read_block();
  if (!block) return std::nullopt;
  if (is_zero_block(*block)) {
    const auto second = stream.read_block();
    if (second && !is_zero_block(*second)) {
      throw Error(ErrorCode::kDataLoss,
                  fmt::format("the tar archive has a block of zeros at byte {}, and goes on", at));
    }
    return std::nullopt;
  }
  if (!checksum_matches(*block)) {
    if (at == 0) throw Error(ErrorCode::kInvalidArgument, "this is not a tar archive");
    throw Error(ErrorCode::kDataLoss,
                fmt::format("the header at byte {} of the tar archive is damaged", at));
  }
  return block;
}

std::string TarReader::State::read_extended_header(const TarHeader& header) {
  const std::uint64_t size = size_of(header.size_bytes);
  if (size > kMaxExtendedHeaderBytes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("an extended tar header has {} bytes (at most {})", size,
                            kMaxExtendedHeaderBytes));
  }
  stream.begin_data(size);
  return stream.read_all_data();
}

void TarReader::State::remember_global(const PaxRecords& records) {
  std::size_t size = 0;
  for (const auto& [key, value] : records) global_records.insert_or_assign(key, value);
  for (const auto& [key, value] : global_records) size += key.size() + value.size();
  if (size > kMaxExtendedHeaderBytes) {
    throw Error(ErrorCode::kInvalidArgument, "the global tar headers are too large");
  }
}

bool TarReader::State::take_extension(const TarHeader& header, Extensions& extensions) {
  switch (header.type) {
    case kGlobalPax:
      remember_global(parse_pax_records(read_extended_header(header)));
      return true;
    case kPax: {
      PaxRecords records = parse_pax_records(read_extended_header(header));
      std::move(records.begin(), records.end(), std::back_inserter(extensions.records));
      return true;
    }
    case kGnuLongName:
      extensions.gnu_name = until_nul(read_extended_header(header));
      return true;
    case kGnuLongLink:
      extensions.gnu_link = until_nul(read_extended_header(header));
      return true;
    case kGnuVolumeLabel:
      static_cast<void>(read_extended_header(header));
      return true;
    default:
      return false;
  }
}

std::vector<Extent> TarReader::State::read_gnu_extents(TarBlock block) {
  std::vector<Extent> extents;
  append_gnu_extents(block, tar_fields::kGnuSparse, extents);
  bool is_extended = field_bytes(block, tar_fields::kGnuIsExtended)[0] != '\0';
  while (is_extended) {
    const auto extension = stream.read_block();
    if (!extension) throw Error(ErrorCode::kDataLoss, "the tar archive is cut short");
    append_gnu_extents(*extension, tar_fields::kExtensionSparse, extents);
    is_extended = field_bytes(*extension, tar_fields::kExtensionIsExtended)[0] != '\0';
  }
  return extents;
}

std::vector<Extent> TarReader::State::read_sparse_map() {
  SparseMapParser parser;
  while (!parser.finished()) {
    TarBlock block;
    if (stream.data_remaining() < block.size()) {
      throw Error(ErrorCode::kInvalidArgument, "the map of a sparse file does not end");
    }
    for (std::size_t done = 0; done < block.size();) {
      done += stream.read_data(MutableBytes(block).subspan(done));
    }
    parser.feed(as_text(block));
  }
  return parser.extents();
}

void TarReader::State::read_file_layout(TarEntry& entry, const TarHeader& header,
                                        const TarBlock& block, const Extensions& extensions) {
  const std::uint64_t stored = size_of(header.size_bytes);
  entry.size_bytes = stored;
  const std::string* major = extensions.find("GNU.sparse.major");
  const bool has_map_before_data = major && *major == "1";
  bool is_sparse = has_map_before_data;
  if (header.type == kGnuSparse) {
    is_sparse = true;
    entry.extents = read_gnu_extents(block);
    entry.size_bytes = size_of(field_number(block, tar_fields::kGnuRealSize));
  } else if (!extensions.records.empty()) {
    const std::string* size = extensions.find("GNU.sparse.realsize");
    if (!size) size = extensions.find("GNU.sparse.size");
    is_sparse = size != nullptr;
    if (size) entry.size_bytes = size_of(parse_pax_number(*size));
    if (!has_map_before_data) entry.extents = parse_pax_extents(extensions.records);
  }
  stream.begin_data(stored);
  if (!is_sparse) {
    entry.extents.clear();
    return;
  }
  if (has_map_before_data) entry.extents = read_sparse_map();
  if (normalise_extents(entry.extents, entry.size_bytes) > stream.data_remaining()) {
    throw Error(ErrorCode::kInvalidArgument, "it stores less than its map of holes says");
  }
}

TarEntry TarReader::State::begin_entry(TarHeader header, const TarBlock& block,
                                       const Extensions& extensions) {
  apply_names(header, extensions);
  const auto name = [&] {
    return fmt::format("reading {:?} of a tar archive", header.name.substr(0, 200));
  };
  return with_context(name, [&] {
    if (++entries > kMaxEntries) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the archive has more than {} entries", kMaxEntries));
    }
    apply_numbers(header, extensions);
    TarEntry entry = make_entry(header, extensions);
    // Writers give links, directories and devices sizes at times; there are never data.
    if (entry.type == EntryType::kFile) {
      read_file_layout(entry, header, block, extensions);
    } else {
      stream.begin_data(0);
    }
    data_offset = stream.position();
    body.start(entry.path, entry.size_bytes, entry.extents);
    return entry;
  });
}

TarReader::TarReader(Source& source) : state_(std::make_unique<State>(source)) {}
TarReader::~TarReader() = default;

std::optional<TarEntry> TarReader::next() {
  if (state_->ended) return std::nullopt;
  state_->stream.skip_data(state_->stream.data_remaining());
  Extensions extensions;
  for (int headers = 0; headers < kMaxHeadersInARow; ++headers) {
    const auto block = state_->read_header_block();
    if (!block) {
      state_->ended = true;
      state_->body.start({}, 0, {});
      if (!extensions.records.empty() || extensions.gnu_name || extensions.gnu_link) {
        throw Error(ErrorCode::kDataLoss, "the tar archive is cut short after an extended header");
      }
      return std::nullopt;
    }
    TarHeader header = parse_tar_header(*block);
    if (state_->take_extension(header, extensions)) continue;
    for (const auto& [key, value] : state_->global_records) {
      extensions.records.insert(extensions.records.begin(), {key, value});
    }
    return state_->begin_entry(std::move(header), *block, extensions);
  }
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("the tar archive has more than {} extended headers in a row", kMaxHeadersInARow));
}

Source& TarReader::body() {
  return state_->body;
}

std::uint64_t TarReader::data_offset() const {
  return state_->data_offset;
}

bool looks_like_tar(Bytes block) {
  if (block.size() < kTarHeaderBytes) return false;
  TarBlock header;
  std::memcpy(header.data(), block.data(), header.size());
  return !is_zero_block(header) && checksum_matches(header);
}

}  // namespace estiba::archive
