#include "registry/blob_storage.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "fs/tree.h"

namespace estiba::registry {
namespace {

constexpr std::size_t kKeyBytes = 16;

void remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw_errno("remove " + path);
}

}  // namespace

BlobStorage::BlobStorage(std::string data_directory)
    : blobs_(data_directory + "/blobs"), uploads_(data_directory + "/uploads") {
  make_directories(blobs_, 0700);
  make_directories(uploads_, 0700);
}

std::string BlobStorage::path(const std::string& key) const {
  return blobs_ + "/" + key.substr(0, 2) + "/" + key;
}

std::string BlobStorage::upload_path(const std::string& id) const {
  return uploads_ + "/" + id;
}

UniqueFd BlobStorage::open(const std::string& key) const {
  return open_file(path(key), O_RDONLY);
}

UniqueFd BlobStorage::open_upload(const std::string& id, bool create) const {
  return open_file(upload_path(id), O_RDWR | (create ? O_CREAT | O_EXCL : 0), 0600);
}

bool BlobStorage::upload_exists(const std::string& id) const {
  return path_exists(upload_path(id));
}

std::optional<Timestamp> BlobStorage::upload_used_at(const std::string& id) const {
  struct stat status {};
  if (::stat(upload_path(id).c_str(), &status) == 0) return from_unix_seconds(status.st_mtime);
  if (errno == ENOENT) return std::nullopt;
  throw_errno("look at upload " + id);
}

std::uint64_t BlobStorage::upload_bytes(const std::string& name) const {
  struct stat status {};
  if (::stat(upload_path(name).c_str(), &status) == 0) {
    return static_cast<std::uint64_t>(status.st_size);
  }
  if (errno == ENOENT) return 0;
  throw_errno("look at upload " + name);
}

// Renamed before it is synced: one flush of the file system's journal then holds the bytes and the
// name. No row knows the key before both are durable.
std::string BlobStorage::adopt_upload(const std::string& id, int fd) const {
  const std::string key = random_hex(kKeyBytes);
  const std::string directory = blobs_ + "/" + key.substr(0, 2);
  if (!path_exists(directory)) {
    make_directories(directory, 0700);
    sync_directory(blobs_);
  }
  if (::rename(upload_path(id).c_str(), path(key).c_str()) != 0) {
    throw_errno("store upload " + id);
  }
  sync_file(fd, "upload " + id);
  sync_directory(directory);
  return key;
}

void BlobStorage::remove_upload(const std::string& id) const {
  remove_file(upload_path(id));
}

void BlobStorage::remove(const std::string& key) const {
  remove_file(path(key));
}

std::optional<std::uint64_t> BlobStorage::size_bytes(const std::string& key) const {
  struct stat status {};
  if (::stat(path(key).c_str(), &status) == 0) return static_cast<std::uint64_t>(status.st_size);
  if (errno == ENOENT) return std::nullopt;
  throw_errno("look at " + path(key));
}

void BlobStorage::for_each_file(const std::function<void(const StoredFile&)>& visit) const {
  const UniqueFd top = open_file(blobs_, O_RDONLY | O_DIRECTORY);
  for (const std::string& folder : fs::list_directory(top.get())) {
    const UniqueFd directory = open_at(top.get(), folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    for (const std::string& key : fs::list_directory(directory.get())) {
      struct stat status {};
      if (::fstatat(directory.get(), key.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;
        throw_errno("look at " + path(key));
      }
      visit({key, folder, static_cast<std::uint64_t>(status.st_size),
             from_unix_seconds(status.st_ctim.tv_sec)});
    }
  }
}

bool BlobStorage::is_in_place(const StoredFile& file) {
  return file.folder == file.key.substr(0, 2);
}

void BlobStorage::remove(const StoredFile& file) const {
  remove_file(blobs_ + "/" + file.folder + "/" + file.key);
}

void BlobStorage::for_each_upload(const std::function<void(const std::string&)>& visit) const {
  const UniqueFd directory = open_file(uploads_, O_RDONLY | O_DIRECTORY);
  for (const std::string& id : fs::list_directory(directory.get())) visit(id);
}

}  // namespace estiba::registry
