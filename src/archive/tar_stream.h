// The bytes of a tar archive as a reader meets them: whole blocks, then data, then padding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/tar_entry.h"
#include "archive/tar_header.h"
#include "base/stream.h"

namespace estiba::archive {

// Keeps count of where the archive stands. Borrows the source.
class TarStream {
 public:
  explicit TarStream(Source& source) : source_(source) {}

  [[nodiscard]] std::uint64_t position() const { return position_; }
  // Of the data announced by begin_data(), what was not taken yet.
  [[nodiscard]] std::uint64_t data_remaining() const { return data_remaining_; }

  // The next block; nothing where the archive ends (even within the padding, as some writers leave
  // it out). kDataLoss within a block.
  [[nodiscard]] std::optional<TarBlock> read_block();

  // `size_bytes` of data follow here, then padding up to a whole block. Taken by the functions
  // below, which fail with kDataLoss when the archive ends before.
  void begin_data(std::uint64_t size_bytes);
  [[nodiscard]] std::size_t read_data(MutableBytes buffer);
  void skip_data(std::uint64_t count);
  [[nodiscard]] std::string read_all_data();

 private:
  Source& source_;
  std::uint64_t position_ = 0;
  std::uint64_t data_remaining_ = 0;
  std::size_t padding_ = 0;
};

// The content of one file, holes filled in. Borrows the stream, whose data start with the first
// extent.
class EntryBody final : public Source {
 public:
  explicit EntryBody(TarStream& stream) : stream_(stream) {}
  // `extents` normalised (see sparse_map.h); empty: dense.
  void start(const std::string& path, std::uint64_t size_bytes, const std::vector<Extent>& extents);
  [[nodiscard]] std::size_t read(MutableBytes buffer) override;
  void skip(std::uint64_t count) override;

 private:
  // What comes next at the current position: this many bytes of data, or of a hole.
  struct Piece {
    bool is_data = false;
    std::uint64_t size_bytes = 0;
  };
  [[nodiscard]] Piece piece();

  TarStream& stream_;
  std::string path_;
  std::vector<Extent> extents_;
  std::size_t next_extent_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace estiba::archive
