// Compressed bytes of strangers, and our own after a round trip.
#include <string>

#include "archive/compression.h"
#include "fuzz/answered.h"

using namespace estiba;
using fuzz::answered;
using fuzz::must;

namespace {

// A bomb must end at the reader's limit, whatever it promises.
constexpr std::size_t kMostBytes = 32u << 20;

void unpack(const std::string& bytes, Compression compression) {
  answered([&] {
    StringSource packed(bytes);
    const auto plain = archive::make_decompressor(packed, compression);
    (void)read_all(*plain, kMostBytes, "the fuzzed bytes");
  });
}

void there_and_back(const std::string& bytes, Compression compression) {
  StringSink packed(kMostBytes);
  const auto compressor =
      archive::make_compressor(packed, compression, archive::CompressionLevel::kFast);
  compressor->write(as_bytes(bytes));
  compressor->finish();
  StringSource source(packed.text());
  const auto plain = archive::make_decompressor(source, compression);
  must(read_all(*plain, kMostBytes, "our own bytes") == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  unpack(bytes, Compression::kGzip);
  unpack(bytes, Compression::kZstd);
  there_and_back(bytes, Compression::kGzip);
  there_and_back(bytes, Compression::kZstd);
  return 0;
}
