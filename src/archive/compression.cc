#include "archive/compression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "archive/compressors.h"
#include "archive/foreign.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::string_view kBzip2Magic = "BZh";
constexpr std::string_view kXzMagic{
    "\xfd"
    "7zXZ\0",
    6};

// Bytes that were looked at already, then the rest.
class PeekedSource final : public Source {
 public:
  explicit PeekedSource(Source& inner) : inner_(inner) {
    while (size_ < peeked_.size()) {
      const std::size_t got = inner_.read(MutableBytes(peeked_).subspan(size_));
      if (got == 0) break;
      size_ += got;
    }
  }
  [[nodiscard]] Bytes peeked() const { return Bytes(peeked_).first(size_); }

  [[nodiscard]] std::size_t read(MutableBytes buffer) override {
    if (position_ == size_) return inner_.read(buffer);
    const std::size_t count = std::min(buffer.size(), size_ - position_);
    std::memcpy(buffer.data(), peeked_.data() + position_, count);
    position_ += count;
    return count;
  }

  void skip(std::uint64_t count) override {
    const auto from_peeked =
        static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - position_));
    position_ += from_peeked;
    if (count > from_peeked) inner_.skip(count - from_peeked);
  }

 private:
  Source& inner_;
  std::array<std::byte, kXzMagic.size()> peeked_ = {};
  std::size_t size_ = 0;
  std::size_t position_ = 0;
};

// A decompressor with the source that it borrows.
class OwningSource final : public Source {
 public:
  OwningSource(std::unique_ptr<Source> inner, std::unique_ptr<Source> outer)
      : inner_(std::move(inner)), outer_(std::move(outer)) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override { return outer_->read(buffer); }

 private:
  std::unique_ptr<Source> inner_;
  std::unique_ptr<Source> outer_;
};

class PlainSource final : public Source {
 public:
  explicit PlainSource(Source& inner) : inner_(inner) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override { return inner_.read(buffer); }
  void skip(std::uint64_t count) override { inner_.skip(count); }

 private:
  Source& inner_;
};

class PlainSink final : public Sink {
 public:
  explicit PlainSink(Sink& inner) : inner_(inner) {}
  void write(Bytes data) override { inner_.write(data); }
  void finish() override { inner_.finish(); }

 private:
  Sink& inner_;
};

}  // namespace

Compression detect_compression(Bytes first_bytes) {
  const std::string_view text = as_text(first_bytes);
  if (text.starts_with(kGzipMagic)) return Compression::kGzip;
  if (text.starts_with(kZstdMagic)) return Compression::kZstd;
  return Compression::kNone;
}

std::unique_ptr<Source> make_decompressor(Source& inner, Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return std::make_unique<PlainSource>(inner);
    case Compression::kGzip:
      return make_gzip_decompressor(inner);
    case Compression::kZstd:
      return make_zstd_decompressor(inner);
  }
  throw Error(ErrorCode::kInternal, "unknown compression");
}

std::unique_ptr<Sink> make_compressor(Sink& inner, Compression compression,
                                      CompressionLevel level) {
  switch (compression) {
    case Compression::kNone:
      return std::make_unique<PlainSink>(inner);
    case Compression::kGzip:
      return make_gzip_compressor(inner, level);
    case Compression::kZstd:
      return make_zstd_compressor(inner, level == CompressionLevel::kFast ? 3 : 12);
  }
  throw Error(ErrorCode::kInternal, "unknown compression");
}

std::unique_ptr<Sink> make_compressor(Sink& inner, const CompressionSettings& settings) {
  if (!settings.level || settings.compression == Compression::kNone) {
    return make_compressor(inner, settings.compression, CompressionLevel::kFast);
  }
  const bool gzip = settings.compression == Compression::kGzip;
  const int lowest = gzip ? 0 : 1;
  const int highest = gzip ? 9 : 22;
  const int level = *settings.level;
  if (level < lowest || level > highest) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} has no compression level {}", gzip ? "gzip" : "zstd", level),
                fmt::format("use {} to {}", lowest, highest));
  }
  if (gzip) return make_portable_gzip_compressor(inner, level);
  return make_zstd_compressor(inner, level);
}

std::unique_ptr<Source> open_maybe_compressed(Source& inner) {
  auto peeked = std::make_unique<PeekedSource>(inner);
  const std::string_view text = as_text(peeked->peeked());
  const Compression compression = detect_compression(peeked->peeked());
  std::unique_ptr<Source> outer;
  if (compression != Compression::kNone) {
    outer = make_decompressor(*peeked, compression);
  } else if (text.starts_with(kBzip2Magic) || text.starts_with(kXzMagic)) {
    outer = make_foreign_decompressor(*peeked);
  } else {
    return peeked;
  }
  return std::make_unique<OwningSource>(std::move(peeked), std::move(outer));
}

}  // namespace estiba::archive
