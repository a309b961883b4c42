// gzip by libdeflate: the same bytes on every machine.
//
// ISA-L, which pushes use, has one match finder for each generation of processors, and they find
// different matches. libdeflate's choice depends on the input alone. It wants its input whole, so
// the stream is cut into members of a fixed size (RFC 1952, section 2.2: a file is a series of
// members), which every reader of gzip joins again.
#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "archive/compressors.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

// Each member starts with an empty window: at this size the loss is below one in a thousand.
constexpr std::size_t kMemberBytes = 4u << 20;

struct FreeDeflater {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};

class PortableGzipSink final : public Sink {
 public:
  PortableGzipSink(Sink& inner, int level)
      : inner_(inner), compressor_(libdeflate_alloc_compressor(level)) {
    if (!compressor_) throw std::bad_alloc();
    member_.reserve(kMemberBytes);
    output_.resize(libdeflate_gzip_compress_bound(compressor_.get(), kMemberBytes));
  }

  void write(Bytes data) override {
    while (!data.empty()) {
      const std::size_t count = std::min(data.size(), kMemberBytes - member_.size());
      member_.insert(member_.end(), data.begin(), data.begin() + static_cast<long>(count));
      data = data.subspan(count);
      if (member_.size() == kMemberBytes) write_member();
    }
  }

  void finish() override {
    if (!member_.empty() || !has_members_) write_member();
    inner_.finish();
  }

 private:
  void write_member() {
    const std::size_t size_bytes = libdeflate_gzip_compress(
        compressor_.get(), member_.data(), member_.size(), output_.data(), output_.size());
    if (size_bytes == 0) throw Error(ErrorCode::kInternal, "libdeflate refuses to compress");
    inner_.write(Bytes(output_).first(size_bytes));
    member_.clear();
    has_members_ = true;
  }

  Sink& inner_;
  std::unique_ptr<libdeflate_compressor, FreeDeflater> compressor_;
  std::vector<std::byte> member_;
  std::vector<std::byte> output_;
  bool has_members_ = false;
};

}  // namespace

std::unique_ptr<Sink> make_portable_gzip_compressor(Sink& inner, int level) {
  return std::make_unique<PortableGzipSink>(inner, level);
}

}  // namespace estiba::archive
