// New layers, as they are written.

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/time.h"
#include "store/layer_store_parts.h"
#include "store/writeback.h"

namespace estiba::store {

class LayerWriter::TarFile final : public Sink {
 public:
  explicit TarFile(fs::TemporaryFile file)
      : file_(std::move(file)), hasher_(HashAlgorithm::kSha256) {}

  void write(Bytes data) override {
    write_all(file_.fd(), data, "layer");
    hasher_.update(data);
    size_bytes_ += data.size();
    flushed_bytes_ = start_writeback(file_.fd(), flushed_bytes_, size_bytes_);
  }

  [[nodiscard]] Hasher& hasher() { return hasher_; }
  [[nodiscard]] fs::TemporaryFile take() { return std::move(file_); }

 private:
  fs::TemporaryFile file_;
  Hasher hasher_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t flushed_bytes_ = 0;
};

LayerWriter::LayerWriter(LayerStore& layers, fs::TemporaryFile file)
    : layers_(layers), tar_(std::make_unique<TarFile>(std::move(file))), to_tar_(*tar_) {}

LayerWriter::~LayerWriter() = default;

void LayerWriter::write(Bytes data) {
  to_tar_.write(data);
  size_bytes_ += data.size();
}

Digest LayerWriter::commit(const std::optional<Digest>& expected) {
  to_tar_.finish();
  const Digest diff_id = Digest::finish(tar_->hasher());
  if (expected) check_digest(*expected, diff_id, "layer");
  layers_.parts_->adopt_tar(diff_id, tar_->take(), size_bytes_);
  return diff_id;
}

void LayerStore::Parts::adopt_tar(const Digest& diff_id, fs::TemporaryFile file,
                                  std::uint64_t size_bytes) {
  const std::string directory = files.directory(diff_id);
  database.write([&](sql::Connection& connection) {
    lease.keep_layer(connection, diff_id);
    const std::optional<LayerRow> row = find_layer(connection, diff_id);
    if (row && row->has_tar && path_exists(files.tar(diff_id))) return;
    // Whatever is there has no row, or lost its tar: nothing of it can be trusted.
    temporary.discard(directory);
    make_directories(directory, 0700);
    // A published image may rely on the tar that was lost: then its successor must be durable.
    const bool durable = row && row->has_tar && row->durable;
    if (durable) {
      file.publish(files.tar(diff_id));
      sync_directory(files.root() + "/" + algorithm_name(diff_id));
    } else {
      file.publish_unsynced(files.tar(diff_id));
    }
    connection.execute(
        "INSERT INTO layers (diff_id, size, has_tar, durable, boot_id, created)"
        " VALUES ($1, $2, 1, $3, $4, $5)"
        " ON CONFLICT (diff_id) DO UPDATE SET size = excluded.size, has_tar = 1, has_index = 0,"
        "   has_tree = 0, durable = excluded.durable, boot_id = excluded.boot_id,"
        "   created = excluded.created",
        diff_id.to_string(), size_bytes, durable ? 1 : 0, database.boot_id(), to_column(now()));
  });
}

}  // namespace estiba::store
