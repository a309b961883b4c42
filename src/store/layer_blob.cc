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

std::optional<Descriptor> present_blob(const LayerInfo& info, Compression compression) {
  if (info.blobs.empty()) return std::nullopt;
  for (const Descriptor& blob : info.blobs) {
    if (is_layer_media_type(blob.media_type) && layer_compression(blob.media_type) == compression) {
      return blob;
    }
  }
  return info.blobs.front();
}

struct CompressedFile {
  fs::TemporaryFile file;
  Descriptor descriptor;
};

CompressedFile compress(Source& tar, fs::TemporaryFile file, Compression compression) {
  FdSink output(file.fd(), "blob");
  HashSink hash(HashAlgorithm::kSha256, &output);
  const std::unique_ptr<Sink> compressor =
      archive::make_compressor(hash, compression, archive::CompressionLevel::kFast);
  copy(tar, *compressor);
  compressor->finish();
  return {.file = std::move(file),
          .descriptor = {.media_type = oci_layer_media_type(compression),
                         .digest = Digest::finish(hash.hasher()),
                         .size_bytes = hash.size_bytes()}};
}

}  // namespace

Descriptor LayerStore::ensure_blob(const Digest& diff_id, Compression compression,
                                   const std::function<void(std::uint64_t)>& on_bytes,
                                   std::stop_token stop) {
  if (const auto blob = present_blob(info(diff_id), compression)) return *blob;
  UniqueFd tar = open_tar(diff_id, stop);
  const fs::FileLock lock = parts_->lock(diff_id, stop);
  if (const auto blob = present_blob(info(diff_id), compression)) return *blob;

  std::uint64_t read_bytes = 0;
  FdSource source(std::move(tar), "layer");
  CountingSource counted(source, [&](std::uint64_t count) {
    throw_if_stopped(stop);
    read_bytes += count;
    if (on_bytes) on_bytes(read_bytes);
  });
  CompressedFile compressed = compress(counted, parts_->temporary.make_file(), compression);

  // Until the claim is recorded, nothing but the lease keeps the blob.
  Lease lease(parts_->database);
  lease.keep_blob(compressed.descriptor.digest);
  parts_->blobs.adopt(std::move(compressed.file), compressed.descriptor.digest);
  add_blob(diff_id, compressed.descriptor);
  parts_->database.write([&](sql::Connection& connection) {
    connection.execute("UPDATE layer_blobs SET verified = 1 WHERE diff_id = $1 AND blob = $2",
                       diff_id.to_string(), compressed.descriptor.digest.to_string());
  });
  return compressed.descriptor;
}

}  // namespace estiba::store
