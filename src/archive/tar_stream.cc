#include "archive/tar_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace estiba::archive {

std::optional<TarBlock> TarStream::read_block() {
  // One read takes what fills up the last block and the new one.
  std::array<std::byte, 2 * kTarHeaderBytes> buffer;
  const std::size_t wanted = padding_ + kTarHeaderBytes;
  std::size_t got = 0;
  while (got < wanted) {
    const std::size_t count = source_.read(MutableBytes(buffer).subspan(got, wanted - got));
    if (count == 0) break;
    got += count;
  }
  position_ += got;
  if (got <= padding_) return std::nullopt;
  if (got < wanted) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("the tar archive is cut short at byte {}, within a header", position_));
  }
  TarBlock block;
  std::memcpy(block.data(), buffer.data() + padding_, block.size());
  padding_ = 0;
  return block;
}

void TarStream::begin_data(std::uint64_t size_bytes) {
  data_remaining_ = size_bytes;
  padding_ = static_cast<std::size_t>(-size_bytes % kTarHeaderBytes);
}

std::size_t TarStream::read_data(MutableBytes buffer) {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), data_remaining_));
  if (wanted == 0) return 0;
  const std::size_t got = source_.read(buffer.first(wanted));
  if (got == 0) {
    throw Error(ErrorCode::kDataLoss, fmt::format("the tar archive is cut short at byte {}: {} "
                                                  "more bytes of data were expected",
                                                  position_, data_remaining_));
  }
  position_ += got;
  data_remaining_ -= got;
  return got;
}

void TarStream::skip_data(std::uint64_t count) {
  if (count == 0) return;
  source_.skip(count);
  position_ += count;
  data_remaining_ -= count;
}

std::string TarStream::read_all_data() {
  std::string text(static_cast<std::size_t>(data_remaining_), '\0');
  const MutableBytes bytes(reinterpret_cast<std::byte*>(text.data()), text.size());
  for (std::size_t done = 0; done < bytes.size();) done += read_data(bytes.subspan(done));
  return text;
}

void EntryBody::start(const std::string& path, std::uint64_t size_bytes,
                      const std::vector<Extent>& extents) {
  path_ = path;
  extents_ = extents;
  if (extents_.empty()) extents_.push_back({.offset_bytes = 0, .length_bytes = size_bytes});
  next_extent_ = 0;
  position_ = 0;
  size_bytes_ = size_bytes;
}

EntryBody::Piece EntryBody::piece() {
  while (next_extent_ < extents_.size()) {
    const Extent& extent = extents_[next_extent_];
    const std::uint64_t end = extent.offset_bytes + extent.length_bytes;
    if (position_ < extent.offset_bytes) {
      return {.is_data = false, .size_bytes = extent.offset_bytes - position_};
    }
    if (position_ < end) return {.is_data = true, .size_bytes = end - position_};
    ++next_extent_;
  }
  return {.is_data = false, .size_bytes = size_bytes_ - position_};
}

std::size_t EntryBody::read(MutableBytes buffer) {
  const Piece next = piece();
  auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), next.size_bytes));
  if (next.is_data) {
    count = with_context([&] { return fmt::format("reading {:?} of a tar archive", path_); },
                         [&] { return stream_.read_data(buffer.first(count)); });
  } else {
    std::memset(buffer.data(), 0, count);
  }
  position_ += count;
  return count;
}

void EntryBody::skip(std::uint64_t count) {
  if (count > size_bytes_ - position_) {
    throw Error(ErrorCode::kDataLoss, fmt::format("{:?} of a tar archive ends too early", path_));
  }
  while (count > 0) {
    const Piece next = piece();
    const std::uint64_t step = std::min(count, next.size_bytes);
    if (next.is_data) stream_.skip_data(step);
    position_ += step;
    count -= step;
  }
}

}  // namespace estiba::archive
