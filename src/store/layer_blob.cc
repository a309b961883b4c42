// The blob form of a layer, made from its tar.

#include <fmt/format.h>

#include "archive/compression.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/stream.h"
#include "store/layer_store_parts.h"
#include "store/lease.h"

namespace estiba::store {
namespace {

// A name for settings whose output is the same.
std::string recipe_name(const archive::CompressionSettings& settings) {
  static constexpr const char* kNames[] = {"none", "gzip", "zstd"};
  const std::string name = kNames[static_cast<int>(settings.compression)];
  if (settings.compression == Compression::kNone || !settings.level) return name;
  return fmt::format("{}-{}", name, *settings.level);
}

bool is_wanted(const BlobClaim& claim, const BlobWish& wish) {
  if (claim.made_by == recipe_name(wish.settings)) return true;
  if (wish.accept == BlobWish::Accept::kExact) return false;
  return wish.accept == BlobWish::Accept::kAny || claim.made_by.empty();
}

// The best of `claims` whose blob is present: one in the compression asked for before others.
std::optional<Descriptor> present_blob(const std::vector<BlobClaim>& claims, const BlobStore& blobs,
                                       const BlobWish& wish) {
  std::optional<Descriptor> other;
  for (const BlobClaim& claim : claims) {
    if (!is_wanted(claim, wish) || !blobs.contains(claim.blob.digest)) continue;
    if (is_layer_media_type(claim.blob.media_type) &&
        layer_compression(claim.blob.media_type) == wish.settings.compression) {
      return claim.blob;
    }
    if (!other) other = claim.blob;
  }
  return other;
}

struct CompressedFile {
  fs::TemporaryFile file;
  Descriptor descriptor;
};

CompressedFile compress(Source& tar, fs::TemporaryFile file,
                        const archive::CompressionSettings& settings) {
  FdSink output(file.fd(), "blob");
  HashSink hash(HashAlgorithm::kSha256, &output);
  const std::unique_ptr<Sink> compressor = archive::make_compressor(hash, settings);
  copy(tar, *compressor);
  compressor->finish();
  return {.file = std::move(file),
          .descriptor = {.media_type = oci_layer_media_type(settings.compression),
                         .digest = Digest::finish(hash.hasher()),
                         .size_bytes = hash.size_bytes()}};
}

}  // namespace

Descriptor LayerStore::ensure_blob(const Digest& diff_id, const BlobWish& wish,
                                   const std::function<void(std::uint64_t)>& on_bytes,
                                   std::stop_token stop) {
  auto present = [&] {
    const auto claims = parts_->database.read(
        [&](sql::Connection& connection) { return find_claims(connection, diff_id); });
    return present_blob(claims, parts_->blobs, wish);
  };
  if (const auto blob = present()) return *blob;
  UniqueFd tar = open_tar(diff_id, stop);
  const fs::FileLock lock = parts_->lock(diff_id, stop);
  if (const auto blob = present()) return *blob;

  std::uint64_t read_bytes = 0;
  FdSource source(std::move(tar), "layer");
  CountingSource counted(source, [&](std::uint64_t count) {
    throw_if_stopped(stop);
    read_bytes += count;
    if (on_bytes) on_bytes(read_bytes);
  });
  CompressedFile compressed = compress(counted, parts_->temporary.make_file(), wish.settings);

  // Until the claim is recorded, nothing but the lease keeps the blob.
  Lease lease(parts_->database);
  lease.keep_blob(compressed.descriptor.digest);
  parts_->blobs.adopt(std::move(compressed.file), compressed.descriptor.digest);
  add_blob(diff_id, compressed.descriptor);
  parts_->database.write([&](sql::Connection& connection) {
    connection.execute(
        "UPDATE layer_blobs SET verified = 1, made_by = $3 WHERE diff_id = $1 AND blob = $2",
        diff_id.to_string(), compressed.descriptor.digest.to_string(), recipe_name(wish.settings));
  });
  return compressed.descriptor;
}

}  // namespace estiba::store
