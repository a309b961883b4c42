// Writes tar archives in one deterministic dialect: the same entries give the same bytes on every
// machine.
//
// ustar headers; PAX records, sorted by name, only for what ustar cannot say (long or non-ASCII
// names, large numbers, xattrs). No user and group names, no access or change times; modification
// times in whole seconds. The name of a directory ends in a slash.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "archive/tar_block.h"
#include "archive/tar_entry.h"
#include "base/stream.h"

namespace estiba::archive {

struct TarWriterOptions {
  // Called for every entry with the offset of its data in the archive, before they are written:
  // feeds an erofs::IndexBuilder in the same pass.
  std::function<void(const TarEntry&, std::uint64_t data_offset)> on_entry;
};

// Not thread-safe. Borrows the sink and never calls its finish().
class TarWriter {
 public:
  explicit TarWriter(Sink& sink, TarWriterOptions options = {});

  // Writes an entry; `body` gives exactly size_bytes bytes of a file (kConflict otherwise: it
  // changed meanwhile) and is null for all else. Sparse files are written with their holes.
  void add(const TarEntry& entry, Source* body = nullptr);
  // The same from an open file at its current position.
  void add_file(const TarEntry& entry, int fd);
  // Two blocks of zeros. Nothing may be added afterwards.
  void finish();

  // Written so far.
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  void write(Bytes data);
  void flush();
  void pad();
  void write_header(const TarEntry& entry);
  void write_records(const std::map<std::string, std::string>& records);
  void write_body(const TarEntry& entry, Source& body, std::uint64_t count);

  Sink& sink_;
  TarWriterOptions options_;
  std::unique_ptr<std::byte[]> buffer_;  // kCopyBufferBytes, gathers small writes
  std::size_t buffered_bytes_ = 0;       // of them, what the sink has not seen yet
  std::uint64_t size_bytes_ = 0;
};

}  // namespace estiba::archive
