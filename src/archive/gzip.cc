// gzip (RFC 1952) by ISA-L: twice as fast as zlib to undo, ten times to make.
#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "archive/compressors.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

std::uint8_t* isal_bytes(std::byte* bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes);
}
// ISA-L does not write to its input, but takes a pointer to mutable bytes.
std::uint8_t* isal_bytes(const std::byte* bytes) {
  return isal_bytes(const_cast<std::byte*>(bytes));
}

std::string_view describe(int problem) {
  switch (problem) {
    case ISAL_INVALID_BLOCK:
      return "an invalid block";
    case ISAL_INVALID_SYMBOL:
      return "an invalid symbol";
    case ISAL_INVALID_LOOKBACK:
      return "a reference to before its start";
    case ISAL_INVALID_WRAPPER:
      return "a damaged header";
    case ISAL_UNSUPPORTED_METHOD:
      return "an unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
      return "a wrong checksum";
    default:
      return "an unknown defect";
  }
}

class GzipSource final : public Source {
 public:
  explicit GzipSource(Source& inner) : input_(inner), state_(std::make_unique<inflate_state>()) {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }

  [[nodiscard]] std::size_t read(MutableBytes buffer) override {
    while (!ended_) {
      const std::size_t count = inflate_some(buffer);
      if (state_->block_state == ISAL_BLOCK_FINISH) begin_next_member();
      if (count > 0) return count;
    }
    return 0;
  }

 private:
  std::size_t inflate_some(MutableBytes buffer) {
    const Bytes input = input_.available();
    const auto room = static_cast<std::uint32_t>(std::min<std::size_t>(buffer.size(), 1u << 30));
    state_->next_in = isal_bytes(input.data());
    state_->avail_in = static_cast<std::uint32_t>(input.size());
    state_->next_out = isal_bytes(buffer.data());
    state_->avail_out = room;
    const int problem = isal_inflate(state_.get());
    if (problem != ISAL_DECOMP_OK) {
      throw Error(ErrorCode::kDataLoss, fmt::format("the gzip stream has {}", describe(problem)));
    }
    input_.consume(input.size() - state_->avail_in);
    const std::size_t count = room - state_->avail_out;
    if (count == 0 && input.empty() && state_->block_state != ISAL_BLOCK_FINISH) {
      throw Error(ErrorCode::kDataLoss, "the gzip stream is cut short");
    }
    return count;
  }

  // Another member may follow, after zeros that fill up a tape's block.
  void begin_next_member() {
    for (;;) {
      const Bytes input = input_.available();
      if (input.empty()) {
        ended_ = true;
        return;
      }
      const auto zeros = std::find_if(input.begin(), input.end(),
                                      [](std::byte byte) { return byte != std::byte{0}; });
      input_.consume(static_cast<std::size_t>(zeros - input.begin()));
      if (zeros != input.end()) break;
    }
    isal_inflate_reset(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }

  InputBuffer input_;
  std::unique_ptr<inflate_state> state_;
  bool ended_ = false;
};

class GzipSink final : public ChunkingSink {
 public:
  GzipSink(Sink& inner, CompressionLevel level)
      : inner_(inner),
        stream_(std::make_unique<isal_zstream>()),
        level_buffer_(level == CompressionLevel::kFast ? ISAL_DEF_LVL1_DEFAULT
                                                       : ISAL_DEF_LVL3_DEFAULT),
        output_(kCopyBufferBytes) {
    isal_deflate_init(stream_.get());
    stream_->level = level == CompressionLevel::kFast ? 1 : 3;
    stream_->level_buf = level_buffer_.data();
    stream_->level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    stream_->gzip_flag = IGZIP_GZIP;  // a header without name and time
  }

 private:
  void compress(Bytes chunk, bool is_last) override {
    stream_->next_in = isal_bytes(chunk.data());
    stream_->avail_in = static_cast<std::uint32_t>(chunk.size());
    stream_->end_of_stream = is_last ? 1 : 0;
    do {
      stream_->next_out = isal_bytes(output_.data());
      stream_->avail_out = static_cast<std::uint32_t>(output_.size());
      if (isal_deflate(stream_.get()) != COMP_OK) {
        throw Error(ErrorCode::kInternal, "ISA-L refuses to compress");
      }
      inner_.write(Bytes(output_).first(output_.size() - stream_->avail_out));
    } while (stream_->avail_out == 0);
    if (is_last) inner_.finish();
  }

  Sink& inner_;
  std::unique_ptr<isal_zstream> stream_;
  std::vector<std::uint8_t> level_buffer_;
  std::vector<std::byte> output_;
};

}  // namespace

std::unique_ptr<Source> make_gzip_decompressor(Source& inner) {
  return std::make_unique<GzipSource>(inner);
}

std::unique_ptr<Sink> make_gzip_compressor(Sink& inner, CompressionLevel level) {
  return std::make_unique<GzipSink>(inner, level);
}

}  // namespace estiba::archive
