#include "store/store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/error.h"
#include "base/fd.h"
#include "store/durability.h"
#include "store/image_store_parts.h"
#include "store/layer_store_parts.h"
#include "store/lease.h"
#include "store/store_parts.h"

namespace estiba::store {
namespace {

// What opening may spend on deleting other processes' leavings: no command shall feel it.
constexpr std::chrono::milliseconds kDeletionTimeAtOpen{2};

constexpr std::array kDirectories = {"blobs/sha256",  "blobs/sha512", "layers/sha256",
                                     "layers/sha512", "containers",   "volumes",
                                     "context-cache", "mnt"};

std::string database_path(const std::string& root) {
  return root + "/estiba.db";
}

// The directories come first, the database last: where there is a database, all is there.
void make_layout(const std::string& root) {
  if (path_exists(database_path(root))) return;
  make_directories(root, 0700);
  for (const char* directory : kDirectories) make_directories(root + "/" + directory, 0700);
  for (const char* directory : {"/blobs", "/layers", ""}) sync_directory(root + directory);
}

std::string prepare_root(std::string root) {
  if (!root.starts_with('/')) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the store's root must be an absolute path, not \"{}\"", root));
  }
  try {
    make_layout(root);
    if (::access(root.c_str(), R_OK | W_OK | X_OK) != 0) throw_errno("write to " + root);
  } catch (Error& error) {
    if (error.code() == ErrorCode::kPermissionDenied) {
      error.set_hint("run as root, or choose a directory of your own with --root");
    }
    throw;
  }
  return root;
}

std::unique_ptr<LayerStore::Parts> layer_parts(Store::Parts& parts,
                                               std::optional<LayerForm> forced_form) {
  return std::unique_ptr<LayerStore::Parts>(
      new LayerStore::Parts{.database = parts.database,
                            .blobs = parts.blobs,
                            .temporary = parts.temporary,
                            .files = parts.layer_files,
                            .form = FormChoice(forced_form, parts.temporary),
                            .lease = Lease(parts.database)});
}

std::unique_ptr<ImageStore::Parts> image_parts(Store::Parts& parts) {
  return std::unique_ptr<ImageStore::Parts>(new ImageStore::Parts{.database = parts.database,
                                                                  .files = parts.layer_files,
                                                                  .temporary = parts.temporary,
                                                                  .collector = parts.collector});
}

}  // namespace

Store::Parts::Parts(const StoreOptions& options)
    : root(prepare_root(options.root)),
      temporary(root + "/tmp"),
      layer_files(root + "/layers"),
      database(database_path(root)),
      blobs(root + "/blobs", temporary),
      collector(database, layer_files, blobs, temporary),
      layers(layer_parts(*this, options.layer_form)),
      images(image_parts(*this)),
      build_cache(database, temporary),
      containers(database) {}

Store::Store(StoreOptions options) : parts_(std::make_unique<Parts>(options)) {}

Store::~Store() = default;

std::unique_ptr<Store> Store::open(StoreOptions options) {
  std::unique_ptr<Store> store(new Store(std::move(options)));
  Parts& parts = *store->parts_;
  forget_lost_layers(parts.database, parts.layer_files, parts.blobs, parts.temporary);
  parts.temporary.bury_the_dead();
  parts.temporary.empty_trash(std::chrono::steady_clock::now() + kDeletionTimeAtOpen);
  return store;
}

const std::string& Store::root() const {
  return parts_->root;
}

BlobStore& Store::blobs() {
  return parts_->blobs;
}

LayerStore& Store::layers() {
  return parts_->layers;
}

ImageStore& Store::images() {
  return parts_->images;
}

BuildCache& Store::build_cache() {
  return parts_->build_cache;
}

ContainerIndex& Store::containers() {
  return parts_->containers;
}

std::unique_ptr<Lease> Store::lease() {
  return std::make_unique<Lease>(parts_->database);
}

fs::TemporaryDirectory Store::temporary_directory() {
  return parts_->temporary.make_directory();
}

void Store::discard_tree(const std::string& path) {
  parts_->temporary.discard(path);
}

void Store::sweep(std::stop_token stop) {
  parts_->temporary.bury_the_dead();
  parts_->temporary.empty_trash(std::nullopt, std::move(stop));
  parts_->temporary.remove_idle_locks();
}

std::string Store::mount_area() const {
  return parts_->root + "/mnt";
}

}  // namespace estiba::store
