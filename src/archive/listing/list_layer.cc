#include "archive/listing/list_layer.h"

#include <algorithm>
#include <array>

#include "archive/compression.h"
#include "archive/limits.h"
#include "archive/listing/listing_builder.h"
#include "archive/tar_reader.h"
#include "base/error.h"
#include "base/hash.h"

namespace estiba::archive {
namespace {

// Counts what passes; past the limit there is nothing more, as at an end that came too soon.
class CappedSource final : public Source {
 public:
  CappedSource(Source& inner, std::uint64_t max_bytes) : inner_(inner), left_(max_bytes) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override {
    if (left_ == 0) {
      capped_ = true;
      return 0;
    }
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
    const std::size_t got = inner_.read(buffer.first(wanted));
    left_ -= got;
    return got;
  }
  [[nodiscard]] bool capped() const { return capped_; }

 private:
  Source& inner_;
  std::uint64_t left_;
  bool capped_ = false;
};

unsigned hex_value(char digit) {
  return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

ContentHash content_hash(Hasher& hasher) {
  const std::string hex = hasher.finish_hex();
  ContentHash hash;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    hash[i] = static_cast<std::uint8_t>((hex_value(hex[2 * i]) << 4) | hex_value(hex[2 * i + 1]));
  }
  return hash;
}

class LayerScan {
 public:
  LayerScan(Source& tar, const ListLayerOptions& options)
      : capped_(tar, options.max_bytes), reader_(capped_), builder_(options.scratch) {}

  void run() {
    try {
      while (const auto entry = reader_.next()) {
        if (!take(*entry)) return;
      }
      if (capped_.capped()) builder_.set_truncated();
    } catch (const Error&) {
      // What is cut short by the limit is no fault of the layer's.
      if (!capped_.capped()) throw;
      builder_.set_truncated();
    }
  }
  void finish(int fd) { builder_.finish(fd); }

 private:
  bool take(const TarEntry& entry) {
    const std::uint64_t data_offset = reader_.data_offset();
    ContentHash content{};
    if (entry.type != EntryType::kFile || !may_read(entry)) {
      return builder_.add(entry, data_offset, content);
    }
    try {
      content = read_content(entry);
    } catch (const Error&) {
      if (capped_.capped()) (void)builder_.add(entry, data_offset, {});
      throw;
    }
    return builder_.add(entry, data_offset, content);
  }

  // The holes of a sparse file cost a layer nothing, and us time.
  bool may_read(const TarEntry& entry) {
    if (entry.extents.empty()) return true;
    if (entry.size_bytes > hole_bytes_left_) return false;
    hole_bytes_left_ -= entry.size_bytes;
    return true;
  }

  ContentHash read_content(const TarEntry& entry) {
    if (entry.size_bytes == 0) return empty_content_;
    const auto kind = package_database_kind(entry.path);
    const bool keep = kind && entry.size_bytes <= kMaxPackageDatabaseBytes;
    std::string kept;
    Hasher hasher(HashAlgorithm::kSha256);
    while (const std::size_t got = reader_.body().read(buffer_)) {
      const Bytes part = Bytes(buffer_).first(got);
      hasher.update(part);
      if (keep) kept.append(as_text(part));
    }
    if (keep) builder_.add_packages({*kind, entry.path, read_packages(*kind, kept)});
    return content_hash(hasher);
  }

  CappedSource capped_;
  TarReader reader_;
  ListingBuilder builder_;
  const ContentHash empty_content_ = [] {
    Hasher nothing(HashAlgorithm::kSha256);
    return content_hash(nothing);
  }();
  std::uint64_t hole_bytes_left_ = kMaxListedHoleBytes;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kCopyBufferBytes);
};

}  // namespace

void list_layer(Source& layer, const ListLayerOptions& options, int fd) {
  const auto tar = open_maybe_compressed(layer);
  LayerScan scan(*tar, options);
  scan.run();
  scan.finish(fd);
}

}  // namespace estiba::archive
