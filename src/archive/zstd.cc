// Zstandard (RFC 8878) by libzstd.
#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <memory>
#include <vector>

#include "archive/compressors.h"
#include "archive/limits.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

void check_setting(std::size_t result) {
  if (ZSTD_isError(result)) {
    throw Error(ErrorCode::kInternal,
                fmt::format("zstd refuses a setting: {}", ZSTD_getErrorName(result)));
  }
}

[[noreturn]] void throw_damaged(std::size_t result) {
  if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("the zstd stream needs more than {} MiB of memory to read",
                            (std::size_t{1} << kMaxZstdWindowLog) >> 20),
                "compress it without --ultra or --long");
  }
  throw Error(ErrorCode::kDataLoss,
              fmt::format("the zstd stream is damaged: {}", ZSTD_getErrorName(result)));
}

class ZstdSource final : public Source {
 public:
  explicit ZstdSource(Source& inner) : input_(inner), context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    check_setting(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog));
  }

  [[nodiscard]] std::size_t read(MutableBytes buffer) override {
    ZSTD_outBuffer output = {.dst = buffer.data(), .size = buffer.size(), .pos = 0};
    while (output.pos == 0) {
      const Bytes available = input_.available();
      if (available.empty() && between_frames_) return 0;
      ZSTD_inBuffer input = {.src = available.data(), .size = available.size(), .pos = 0};
      const std::size_t result = ZSTD_decompressStream(context_.get(), &output, &input);
      if (ZSTD_isError(result)) throw_damaged(result);
      input_.consume(input.pos);
      between_frames_ = result == 0;
      if (available.empty() && output.pos == 0 && !between_frames_) {
        throw Error(ErrorCode::kDataLoss, "the zstd stream is cut short");
      }
    }
    return output.pos;
  }

 private:
  InputBuffer input_;
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  bool between_frames_ = false;
};

class ZstdSink final : public ChunkingSink {
 public:
  ZstdSink(Sink& inner, int level)
      : inner_(inner), context_(ZSTD_createCCtx()), output_(ZSTD_CStreamOutSize()) {
    if (!context_) throw std::bad_alloc();
    check_setting(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level));
    check_setting(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));
  }

 private:
  void compress(Bytes chunk, bool is_last) override {
    ZSTD_inBuffer input = {.src = chunk.data(), .size = chunk.size(), .pos = 0};
    const ZSTD_EndDirective directive = is_last ? ZSTD_e_end : ZSTD_e_continue;
    std::size_t remaining = 0;
    do {
      ZSTD_outBuffer output = {.dst = output_.data(), .size = output_.size(), .pos = 0};
      remaining = ZSTD_compressStream2(context_.get(), &output, &input, directive);
      if (ZSTD_isError(remaining)) {
        throw Error(ErrorCode::kInternal,
                    fmt::format("zstd refuses to compress: {}", ZSTD_getErrorName(remaining)));
      }
      if (output.pos > 0) inner_.write(Bytes(output_).first(output.pos));
    } while (is_last ? remaining != 0 : input.pos < input.size);
    if (is_last) inner_.finish();
  }

  Sink& inner_;
  std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
  std::vector<std::byte> output_;
};

}  // namespace

std::unique_ptr<Source> make_zstd_decompressor(Source& inner) {
  return std::make_unique<ZstdSource>(inner);
}

std::unique_ptr<Sink> make_zstd_compressor(Sink& inner, int level) {
  return std::make_unique<ZstdSink>(inner, level);
}

}  // namespace estiba::archive
