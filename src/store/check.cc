// Whether the store is whole.

#include <fcntl.h>
#include <fmt/format.h>

#include <optional>

#include "archive/erofs/index_builder.h"
#include "archive/file_source.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"
#include "oci/image_config.h"
#include "store/disk_size.h"
#include "store/layer_rows.h"
#include "store/maintenance.h"
#include "store/store_parts.h"

namespace estiba::store {
namespace {

std::optional<UniqueFd> try_open(const std::string& path) {
  try {
    return open_file(path, O_RDONLY);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return std::nullopt;
    throw;
  }
}

Digest hash_file(int fd) {
  archive::FileSource source(fd, 0, file_size(fd, "index"), "index");
  HashSink hash(HashAlgorithm::kSha256);
  copy(source, hash);
  return Digest::finish(hash.hasher());
}

class Checker {
 public:
  Checker(Store& store, const CheckOptions& options, std::stop_token stop)
      : store_(store), parts_(store.parts()), options_(options), stop_(std::move(stop)) {}

  CheckReport run() {
    check_database();
    check_images();
    check_manifests();
    check_layers();
    check_blobs();
    count_garbage();
    return std::move(report_);
  }

 private:
  void check_database();
  void check_images();
  void check_image(const Digest& id);
  void check_manifests();
  void check_layers();
  void check_layer(const LayerRow& row);
  void check_content(const std::string& what, const UniqueFd& file, const Digest& expected);
  void check_index(const std::string& what, const UniqueFd& tar, const UniqueFd& index);
  void check_blobs();
  void count_garbage();

  // Reports a file that a row speaks of and that is not there, unless the row went meanwhile.
  void lost(const LayerRow& row, std::string_view form);
  bool is_claimed(const Digest& blob);
  void problem(std::string what, std::string detail) {
    report_.problems.push_back({.what = std::move(what), .detail = std::move(detail)});
  }
  std::vector<Digest> digests(std::string_view text);

  Store& store_;
  Store::Parts& parts_;
  const CheckOptions& options_;
  std::stop_token stop_;
  CheckReport report_;
};

std::vector<Digest> Checker::digests(std::string_view text) {
  return parts_.database.read([&](sql::Connection& connection) {
    std::vector<Digest> result;
    for (const sql::Statement& row : connection.query(text)) {
      result.push_back(Digest::parse(row.text(0)));
    }
    return result;
  });
}

void Checker::check_database() {
  parts_.database.read([&](sql::Connection& connection) {
    for (const sql::Statement& row : connection.query("PRAGMA integrity_check")) {
      if (row.text(0) != "ok") problem("database", row.text(0));
    }
    for (const sql::Statement& row : connection.query("PRAGMA foreign_key_check")) {
      problem("database", fmt::format("a row of {} refers to one of {} that does not exist",
                                      row.text(0), row.text(2)));
    }
  });
}

void Checker::check_images() {
  for (const Digest& id : digests("SELECT id FROM images ORDER BY id")) check_image(id);
}

void Checker::check_image(const Digest& id) {
  const std::string what = "image " + id.to_string();
  std::optional<std::string> config_bytes;
  std::vector<Digest> layers;
  parts_.database.read([&](sql::Connection& connection) {
    sql::Statement image =
        connection.query("SELECT config FROM images WHERE id = $1", id.to_string());
    if (!image.step()) return;
    config_bytes = image.blob(0);
    sql::Statement rows = connection.query(
        "SELECT diff_id FROM image_layers WHERE image_id = $1 ORDER BY position", id.to_string());
    for (const sql::Statement& row : rows) layers.push_back(Digest::parse(row.text(0)));
  });
  if (!config_bytes) return;
  ++report_.checked_images;
  if (Digest::of(*config_bytes) != id) {
    problem(what, "its configuration does not match its ID");
    return;
  }
  try {
    if (ImageConfig::parse(*config_bytes).diff_ids != layers) {
      problem(what, "its layers are not those that its configuration names");
    }
  } catch (const Error& error) {
    problem(what, error.what());
  }
  for (const Digest& diff_id : layers) {
    if (!store_.layers().contains(diff_id)) {
      problem(what, fmt::format("its layer {} is lost", diff_id.to_string()));
    }
  }
}

void Checker::check_manifests() {
  for (const Digest& digest : digests("SELECT digest FROM manifests ORDER BY digest")) {
    parts_.database.read([&](sql::Connection& connection) {
      sql::Statement query =
          connection.query("SELECT bytes FROM manifests WHERE digest = $1", digest.to_string());
      if (!query.step()) return;
      Hasher hasher(digest.algorithm());
      hasher.update(query.blob(0));
      if (Digest::finish(hasher) != digest) {
        problem("manifest " + digest.to_string(), "its bytes do not match its digest");
      }
    });
  }
}

void Checker::check_layers() {
  for (const Digest& diff_id : digests("SELECT diff_id FROM layers ORDER BY diff_id")) {
    const std::optional<LayerRow> row = parts_.database.read(
        [&](sql::Connection& connection) { return find_layer(connection, diff_id); });
    if (row) check_layer(*row);
  }
}

void Checker::check_layer(const LayerRow& row) {
  ++report_.checked_layers;
  const LayerFiles& files = parts_.layer_files;
  const std::string what = "layer " + row.diff_id.to_string();
  if (row.has_tree && !path_exists(files.tree(row.diff_id))) lost(row, "tree");
  if (!row.has_tar) return;
  const std::optional<UniqueFd> tar = try_open(files.tar(row.diff_id));
  if (!tar) return lost(row, "tar");
  if (file_size(tar->get(), what) != row.size_bytes) {
    problem(what, "its tar does not have the recorded size");
  } else if (options_.read_content) {
    check_content(what + " (tar)", *tar, row.diff_id);
  }
  if (!row.has_index) return;
  const std::optional<UniqueFd> index = try_open(files.index(row.diff_id));
  if (!index) return lost(row, "index");
  if (options_.read_content) check_index(what, *tar, *index);
}

void Checker::lost(const LayerRow& row, std::string_view form) {
  // Rows go before files: when the row is still the same, the file should be there.
  const bool is_still_there = parts_.database.read(
      [&](sql::Connection& connection) { return find_layer(connection, row.diff_id) == row; });
  if (is_still_there) {
    problem("layer " + row.diff_id.to_string(), fmt::format("its {} is lost", form));
  }
}

void Checker::check_content(const std::string& what, const UniqueFd& file, const Digest& expected) {
  FdSource source(duplicate(file.get()), what);
  CountingSource counted(source, [&](std::uint64_t count) {
    throw_if_stopped(stop_);
    report_.checked_bytes += count;
  });
  HashSink hash(expected.algorithm());
  copy(counted, hash);
  if (Digest::finish(hash.hasher()) != expected) {
    problem(what, "its bytes do not match its digest");
  }
}

// The same tar gives the same index, to the byte.
void Checker::check_index(const std::string& what, const UniqueFd& tar, const UniqueFd& index) {
  const fs::TemporaryFile fresh = parts_.temporary.make_file();
  try {
    archive::erofs::write_index(tar.get(), file_size(tar.get(), what), fresh.fd());
  } catch (const Error& error) {
    problem(what + " (index)", error.what());
    return;
  }
  report_.checked_bytes += file_size(index.get(), what);
  if (hash_file(fresh.fd()) != hash_file(index.get())) {
    problem(what + " (index)", "it does not describe the layer's tar");
  }
}

void Checker::check_blobs() {
  struct Claim {
    Digest blob;
    std::uint64_t size_bytes;
  };
  const std::vector<Claim> claims = parts_.database.read([&](sql::Connection& connection) {
    std::vector<Claim> result;
    for (const sql::Statement& row :
         connection.query("SELECT DISTINCT blob, size FROM layer_blobs ORDER BY blob")) {
      result.push_back({Digest::parse(row.text(0)), static_cast<std::uint64_t>(row.integer(1))});
    }
    return result;
  });
  for (const Claim& claim : claims) {
    throw_if_stopped(stop_);
    const std::string what = "blob " + claim.blob.to_string();
    const std::optional<UniqueFd> file = try_open(parts_.blobs.path(claim.blob));
    if (!file) {
      if (is_claimed(claim.blob)) problem(what, "its file is lost");
    } else if (file_size(file->get(), what) != claim.size_bytes) {
      problem(what, "it does not have the recorded size");
    } else if (options_.read_content) {
      check_content(what, *file, claim.blob);
    }
  }
}

bool Checker::is_claimed(const Digest& blob) {
  return parts_.database.read([&](sql::Connection& connection) {
    return connection.query("SELECT 1 FROM layer_blobs WHERE blob = $1", blob.to_string()).step();
  });
}

void Checker::count_garbage() {
  DroppedRows garbage = parts_.collector.find_garbage();
  parts_.database.read([&](sql::Connection& connection) {
    for (const Digest& diff_id : Collector::unheld_layers(connection)) {
      garbage.layers.push_back(diff_id);
      for (const BlobClaim& claim : find_claims(connection, diff_id)) {
        garbage.blobs.push_back(claim.blob.digest);
      }
    }
  });
  report_.garbage_bytes = parts_.temporary.garbage_bytes();
  for (const Digest& diff_id : garbage.layers) {
    report_.garbage_bytes += disk_size_bytes(parts_.layer_files.directory(diff_id));
  }
  for (const Digest& blob : garbage.blobs) {
    report_.garbage_bytes += disk_size_bytes(parts_.blobs.path(blob));
  }
}

}  // namespace

CheckReport check(Store& store, const CheckOptions& options, std::stop_token stop) {
  return Checker(store, options, std::move(stop)).run();
}

}  // namespace estiba::store
