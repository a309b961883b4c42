// Reads tar archives of every dialect that container tools write: v7, ustar, GNU (long names,
// base-256 numbers, old sparse files), PAX (xattrs, GNU's sparse formats 0.0, 0.1 and 1.0).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "archive/tar_entry.h"
#include "base/stream.h"

namespace estiba::archive {

// Streaming: memory is bounded by one entry's headers. Not thread-safe. Borrows the source.
//
// The end is two blocks of zeros or the end of the source between entries, as for Go's archive/tar;
// what follows is not read. Fails with kInvalidArgument on what is malformed or beyond limits.h and
// kDataLoss on what is cut short, naming the entry.
class TarReader {
 public:
  explicit TarReader(Source& source);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // The next entry, passing over what was not read of the last one's body; nothing at the end.
  [[nodiscard]] std::optional<TarEntry> next();

  // The content of the current file, holes as zeros: size_bytes bytes. Empty for all else. Valid
  // until next().
  [[nodiscard]] Source& body();

  // Where the stored data of the current entry start in the archive: a multiple of 512. A sparse
  // file's extents are stored there one after the other.
  [[nodiscard]] std::uint64_t data_offset() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether `block` (the first 512 bytes) is the header of a tar entry: its checksum is right.
[[nodiscard]] bool looks_like_tar(Bytes block);

}  // namespace estiba::archive
