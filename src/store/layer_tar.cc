// The tar form of a layer, made from a blob.

#include <fcntl.h>
#include <fmt/format.h>

#include <array>

#include "archive/compression.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/stream.h"
#include "store/layer_store_parts.h"
#include "store/limits.h"

namespace estiba::store {
namespace {

Compression compression_of(const UniqueFd& blob) {
  // The bytes, not the media type, say how a blob is compressed: there are registries whose types
  // are wrong, and docker never looks at them.
  std::array<std::byte, 4> start = {};
  const std::size_t size = read_at(blob.get(), start, 0, "blob");
  return archive::detect_compression({start.data(), size});
}

void uncompress(UniqueFd blob, LayerWriter& writer, const std::stop_token& stop) {
  const Compression compression = compression_of(blob);
  FdSource compressed(std::move(blob), "blob");
  const std::unique_ptr<Source> tar = archive::make_decompressor(compressed, compression);
  LimitedSource limited(*tar, kMaxLayerTarBytes, "layer");
  CountingSource counted(limited, [&](std::uint64_t) { throw_if_stopped(stop); });
  copy(counted, writer);
}

bool is_intact(const BlobStore& blobs, const Descriptor& blob, const std::stop_token& stop) {
  FdSource source(blobs.open(blob.digest), "blob");
  CountingSource counted(source, [&](std::uint64_t) { throw_if_stopped(stop); });
  HashSink hash(blob.digest.algorithm());
  copy(counted, hash);
  return Digest::finish(hash.hasher()) == blob.digest;
}

// The blob is damaged, or somebody lied about what is in it. Either way it is not this layer.
void refute(LayerStore::Parts& parts, const Digest& diff_id, const Descriptor& blob,
            const std::stop_token& stop) {
  const bool intact = is_intact(parts.blobs, blob, stop);
  // Synced: after loss of power no claim may come back whose blob is gone.
  parts.database.write_durably([&](sql::Connection& connection) {
    connection.execute("DELETE FROM layer_blobs WHERE blob = $2 AND (diff_id = $1 OR $3)",
                       diff_id.to_string(), blob.digest.to_string(), intact ? 0 : 1);
  });
  // The next pull fetches it again.
  if (!intact) parts.blobs.remove(blob.digest);
}

void confirm(Database& database, const Digest& diff_id, const Digest& blob) {
  database.write([&](sql::Connection& connection) {
    connection.execute("UPDATE layer_blobs SET verified = 1 WHERE diff_id = $1 AND blob = $2",
                       diff_id.to_string(), blob.to_string());
  });
}

[[noreturn]] void fail_without_blob(const Digest& diff_id, const std::optional<Error>& refuted) {
  if (refuted) throw *refuted;
  throw Error(ErrorCode::kNotFound,
              fmt::format("the layer {} is not in the store", diff_id.to_string()),
              "pull its image again");
}

}  // namespace

std::optional<UniqueFd> LayerStore::Parts::try_open_tar(const Digest& diff_id) const {
  const bool has_tar = database.read([&](sql::Connection& connection) {
    const std::optional<LayerRow> row = find_layer(connection, diff_id);
    return row && row->has_tar;
  });
  if (!has_tar) return std::nullopt;
  try {
    return open_file(files.tar(diff_id), O_RDONLY);
  } catch (const Error& error) {
    // Somebody removed the file by hand: it is made again where a blob allows that.
    if (error.code() == ErrorCode::kNotFound) return std::nullopt;
    throw;
  }
}

UniqueFd LayerStore::open_tar(const Digest& diff_id, std::stop_token stop) {
  if (auto tar = parts_->try_open_tar(diff_id)) return std::move(*tar);
  const fs::FileLock lock = parts_->lock(diff_id, stop);
  if (auto tar = parts_->try_open_tar(diff_id)) return std::move(*tar);

  const std::vector<BlobClaim> claims = parts_->database.read(
      [&](sql::Connection& connection) { return find_claims(connection, diff_id); });
  std::optional<Error> refuted;
  for (const BlobClaim& claim : claims) {
    if (!parts_->blobs.contains(claim.blob.digest)) continue;
    const std::unique_ptr<LayerWriter> writer = create();
    try {
      uncompress(parts_->blobs.open(claim.blob.digest), *writer, stop);
      writer->commit(diff_id);
    } catch (Error& error) {
      if (error.code() != ErrorCode::kDataLoss) throw;
      refute(*parts_, diff_id, claim.blob, stop);
      refuted =
          error.add_context(fmt::format("uncompressing blob {}", claim.blob.digest.to_string()));
      continue;
    }
    confirm(parts_->database, diff_id, claim.blob.digest);
    if (auto tar = parts_->try_open_tar(diff_id)) return std::move(*tar);
  }
  fail_without_blob(diff_id, refuted);
}

}  // namespace estiba::store
