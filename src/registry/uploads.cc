#include "registry/uploads.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "registry/api_error.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

constexpr std::size_t kIdBytes = 16;

bool is_id(const std::string& text) {
  return text.size() == 2 * kIdBytes &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A session is a file and no more, so that beginning one costs no commit; whose it is stands in the
// name, so that nobody else's request finds it.
std::string file_name(const std::string& id, std::int64_t repository, std::int64_t account) {
  return id + "." + std::to_string(repository) + "." + std::to_string(account);
}

std::int64_t parse_owner(const std::string& text) {
  std::int64_t id = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), id);
  return id;
}

// The disk begins with each step as soon as it is whole, so that the sync at the end waits for the
// last one only. Small blobs never get so far. A hint: what it fails to do, the sync does.
void begin_writeback(int fd, std::uint64_t offset_bytes, std::size_t size_bytes) {
  constexpr std::uint64_t kStepBytes = 8u << 20;
  const std::uint64_t end = (offset_bytes + size_bytes) / kStepBytes * kStepBytes;
  if (end <= offset_bytes) return;
  ::sync_file_range(fd, static_cast<off64_t>(end - kStepBytes), static_cast<off64_t>(kStepBytes),
                    SYNC_FILE_RANGE_WRITE);
}

}  // namespace

struct Upload::Hold {
  Uploads& uploads;
  std::string id;
  Hold(Uploads& owner, std::string session) : uploads(owner), id(std::move(session)) {
    uploads.take(id);
  }
  ~Hold() { uploads.release(id); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
};

Upload::Upload(Uploads& uploads, std::string id, std::string name, UniqueFd file,
               std::optional<Hasher> hasher, std::uint64_t offset_bytes)
    : uploads_(&uploads),
      id_(std::move(id)),
      name_(std::move(name)),
      file_(std::move(file)),
      hasher_(std::move(hasher)),
      offset_bytes_(offset_bytes) {}

Upload::~Upload() {
  if (hold_ && !over_ && hasher_) uploads_->keep_hasher(name_, std::move(*hasher_), offset_bytes_);
}

void Upload::append(Source& body) {
  // Not touched before bytes arrive: a client that sends a byte a second costs one page.
  const auto memory = std::make_unique_for_overwrite<std::byte[]>(kCopyBufferBytes);
  const MutableBytes buffer(memory.get(), kCopyBufferBytes);
  while (const std::size_t size = body.read(buffer)) {
    if (offset_bytes_ + size > kMaxBlobBytes) {
      throw ApiError(413, "SIZE_INVALID", "the blob is larger than this registry takes");
    }
    const Bytes part(buffer.data(), size);
    if (hasher_) hasher_->update(part);
    write_all(file_.get(), part, "upload " + id_);
    begin_writeback(file_.get(), offset_bytes_, size);
    offset_bytes_ += size;
  }
}

void Upload::hash_file(HashAlgorithm algorithm) {
  hasher_.emplace(algorithm);
  std::vector<std::byte> buffer(kCopyBufferBytes);
  std::uint64_t position = 0;
  while (const std::size_t size = read_at(file_.get(), buffer, position, "upload " + id_)) {
    hasher_->update(Bytes(buffer.data(), size));
    position += size;
  }
}

void Upload::finish(std::int64_t repository, const Digest& expected) {
  if (!hasher_ || hasher_->algorithm() != expected.algorithm()) hash_file(expected.algorithm());
  const Digest found = Digest::finish(*hasher_);
  hasher_.reset();
  check_digest(expected, found, "the uploaded blob");
  const std::string key = uploads_->storage_.adopt_upload(name_, file_.get());
  over_ = true;
  try {
    uploads_->blobs_.add(repository, expected, {key, offset_bytes_});
  } catch (const Error& error) {
    // Without room for the row the transaction is known to have changed nothing.
    if (error.code() == ErrorCode::kResourceExhausted) uploads_->storage_.remove(key);
    throw;
  }
  uploads_->forget(name_);
}

void Upload::cancel() {
  if (over_) return;
  over_ = true;
  uploads_->storage_.remove_upload(name_);
  uploads_->forget(name_);
}

void Uploads::take(const std::string& id) {
  std::unique_lock lock(mutex_);
  released_.wait_for(lock, kUploadTakeoverPatience, [&] { return !busy_.contains(id); });
  if (!busy_.insert(id).second) {
    throw Error(ErrorCode::kConflict, "another request is using the upload session");
  }
}

void Uploads::release(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    busy_.erase(id);
  }
  released_.notify_all();
}

void Uploads::keep_hasher(const std::string& id, Hasher hasher, std::uint64_t offset_bytes) {
  const std::lock_guard lock(mutex_);
  if (hashers_.size() >= kMaxKeptHashers) hashers_.erase(hashers_.begin());
  hashers_.insert_or_assign(id, KeptHasher{std::move(hasher), offset_bytes});
}

std::optional<Hasher> Uploads::take_hasher(const std::string& id, std::uint64_t offset_bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = hashers_.find(id);
  if (found == hashers_.end()) return std::nullopt;
  std::optional<Hasher> hasher;
  if (found->second.offset_bytes == offset_bytes) hasher = std::move(found->second.hasher);
  hashers_.erase(found);
  return hasher;
}

void Uploads::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  hashers_.erase(id);
}

Upload Uploads::begin(std::int64_t repository, std::int64_t account, HashAlgorithm algorithm) {
  const std::string id = random_hex(kIdBytes);
  const std::string file = file_name(id, repository, account);
  auto hold = std::make_unique<Upload::Hold>(*this, file);
  Upload upload(*this, id, file, storage_.open_upload(file, true), Hasher(algorithm), 0);
  upload.hold_ = std::move(hold);
  return upload;
}

std::optional<Upload> Uploads::resume(const std::string& id, std::int64_t repository,
                                      std::int64_t account) {
  if (!is_id(id)) return std::nullopt;
  const std::string name = file_name(id, repository, account);
  if (!storage_.upload_exists(name)) return std::nullopt;
  auto hold = std::make_unique<Upload::Hold>(*this, name);
  if (!storage_.upload_exists(name)) return std::nullopt;  // over while we waited
  UniqueFd file = storage_.open_upload(name, false);
  const std::uint64_t offset = file_size(file.get(), "upload " + id);
  if (::lseek(file.get(), 0, SEEK_END) < 0) throw_errno("seek in upload " + id);
  Upload upload(*this, id, name, std::move(file), take_hasher(name, offset), offset);
  upload.hold_ = std::move(hold);
  return upload;
}

void Uploads::sweep() {
  const Timestamp oldest = now() - kUploadLifetime;
  storage_.for_each_upload([&](const std::string& name) {
    const auto used = storage_.upload_used_at(name);
    if (!used || *used >= oldest) return;
    {
      const std::lock_guard lock(mutex_);
      if (busy_.contains(name)) return;
    }
    storage_.remove_upload(name);
    forget(name);
  });
}

std::vector<Uploads::Running> Uploads::list(const std::string& after, std::size_t count) const {
  std::set<std::string> names;
  storage_.for_each_upload([&](const std::string& name) {
    if (name.substr(0, 2 * kIdBytes) > after) names.insert(name);
  });
  std::vector<Running> running;
  for (const std::string& name : names) {
    if (running.size() == count) break;
    const auto parts = split(name, '.');
    const auto used_at = storage_.upload_used_at(name);
    if (parts.size() != 3 || !used_at) continue;  // over meanwhile
    running.push_back({parts[0], parse_owner(parts[1]), parse_owner(parts[2]),
                       storage_.upload_bytes(name), *used_at});
  }
  return running;
}

std::size_t Uploads::count() const {
  std::size_t sessions = 0;
  storage_.for_each_upload([&](const std::string&) { ++sessions; });
  return sessions;
}

}  // namespace estiba::registry
