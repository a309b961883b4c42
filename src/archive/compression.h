// Compressed streams, made and undone while they flow.
#pragma once

#include <memory>
#include <optional>

#include "base/stream.h"
#include "oci/media_type.h"

namespace estiba::archive {

// By the magic number; kNone for all else. Four bytes are enough.
[[nodiscard]] Compression detect_compression(Bytes first_bytes);

// Gives what `inner` (borrowed) holds compressed: all members of a gzip stream (checksums are
// verified), all frames of a zstd stream. Zeros after the last member are ignored as gzip does.
// Fails with kDataLoss on damaged or truncated data and kUnsupported where a zstd frame asks for
// more memory than kMaxZstdWindowLog. How much comes out is for the caller to bound
// (LimitedSource): a thousandfold growth is legal.
[[nodiscard]] std::unique_ptr<Source> make_decompressor(Source& inner, Compression compression);

enum class CompressionLevel {
  kFast,   // what pushes use: igzip level 1, zstd level 3
  kSmall,  // three times slower: igzip level 3, zstd level 12
};

// Compresses into `inner` (borrowed); finish() ends the stream and finishes `inner`. The output
// depends on the input alone: neither time, nor name, nor how the writes were cut.
[[nodiscard]] std::unique_ptr<Sink> make_compressor(Sink& inner, Compression compression,
                                                    CompressionLevel level);

// How a blob is to be compressed. Without a level: as fast as pushes want it, by code that looks at
// the processor, so that another machine may make other bytes of the same content. With one (gzip 0
// to 9, zstd 1 to 22): the same bytes on every machine.
struct CompressionSettings {
  Compression compression = Compression::kGzip;
  std::optional<int> level{};
};

// As make_compressor(); kInvalidArgument for a level that the compression does not have.
[[nodiscard]] std::unique_ptr<Sink> make_compressor(Sink& inner,
                                                    const CompressionSettings& settings);

// Looks at the first bytes and undoes gzip, zstd, bzip2 or xz, or passes bytes through: what ADD,
// load and import accept. Borrows.
[[nodiscard]] std::unique_ptr<Source> open_maybe_compressed(Source& inner);

}  // namespace estiba::archive
