// Upload sessions: blobs that arrive in one or many requests.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/hash.h"
#include "base/stream.h"
#include "base/time.h"
#include "oci/digest.h"
#include "registry/blobs.h"

namespace estiba::registry {

class Uploads;

// One request's exclusive hold on a session. Belongs to one thread.
class Upload {
 public:
  Upload(Upload&&) = default;
  Upload& operator=(Upload&&) = delete;
  ~Upload();

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::uint64_t offset_bytes() const { return offset_bytes_; }
  // The file that grows; borrowed.
  [[nodiscard]] int fd() const { return file_.get(); }
  // Appends what comes, hashing it on the way. What arrived before a failure stays.
  void append(Source& body);
  // Verifies (kDataLoss) and stores; the session is over, and the blob durable, on return.
  void finish(std::int64_t repository, const Digest& expected);
  // Ends the session and forgets its bytes; nothing happens when it is over already.
  void cancel();

 private:
  friend class Uploads;
  Upload(Uploads& uploads, std::string id, std::string name, UniqueFd file,
         std::optional<Hasher> hasher, std::uint64_t offset_bytes);
  void hash_file(HashAlgorithm algorithm);

  struct Hold;  // the session is free again when it goes
  std::unique_ptr<Hold> hold_;
  Uploads* uploads_;
  std::string id_;
  std::string name_;  // of the file
  UniqueFd file_;
  std::optional<Hasher> hasher_;  // of the first offset_bytes_ bytes
  std::uint64_t offset_bytes_ = 0;
  bool over_ = false;
};

// Thread-safe. Borrows all.
class Uploads {
 public:
  Uploads(BlobStorage& storage, Blobs& blobs) : storage_(storage), blobs_(blobs) {}

  // A new session of this repository and account, hashed with `algorithm` as it arrives (another
  // one at the end costs a second reading).
  [[nodiscard]] Upload begin(std::int64_t repository, std::int64_t account,
                             HashAlgorithm algorithm);
  // The session, if it is of this repository and account; waits a little while another request has
  // it, then kConflict.
  [[nodiscard]] std::optional<Upload> resume(const std::string& id, std::int64_t repository,
                                             std::int64_t account);
  // Ends the sessions that nobody continued for kUploadLifetime.
  void sweep();
  [[nodiscard]] std::size_t count() const;
  // Sessions with ids after `after`, in order, up to `count`.
  struct Running {
    std::string id;
    std::int64_t repository = 0;
    std::int64_t account = 0;  // 0: a sync
    std::uint64_t bytes = 0;
    Timestamp used_at;
  };
  [[nodiscard]] std::vector<Running> list(const std::string& after, std::size_t count) const;

 private:
  friend class Upload;
  friend struct Upload::Hold;
  void take(const std::string& name);  // kConflict after kUploadTakeoverPatience
  void release(const std::string& name);
  void keep_hasher(const std::string& name, Hasher hasher, std::uint64_t offset_bytes);
  [[nodiscard]] std::optional<Hasher> take_hasher(const std::string& name,
                                                  std::uint64_t offset_bytes);
  void forget(const std::string& name);

  struct KeptHasher {
    Hasher hasher;
    std::uint64_t offset_bytes;
  };
  BlobStorage& storage_;
  Blobs& blobs_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::set<std::string> busy_;  // names, as in hashers_
  std::map<std::string, KeptHasher> hashers_;
};

}  // namespace estiba::registry
