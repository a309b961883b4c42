#include "build/copy/item_digests.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "archive/whiteout.h"
#include "base/error.h"
#include "base/stream.h"
#include "build/cache_key.h"
#include "fs/xattr.h"

namespace estiba::build {
namespace {

Digest digest_file(const CopyItem& item) {
  const UniqueFd fd = item.tree->open(item.source, O_RDONLY);
  KeyHasher key("file");
  for (const auto& [name, value] : fs::read_xattrs(fd.get(), "")) {
    if (archive::is_layer_xattr(name)) key.add(name, value);
  }
  HashSink hash(HashAlgorithm::kSha256);
  FdSource source(duplicate(fd.get()), item.source);
  copy(source, hash);
  return key.add("content", Digest::finish(hash.hasher()).hex()).finish();
}

Digest digest_special(const CopyItem& item) {
  KeyHasher key("special");
  if (S_ISLNK(item.status.st_mode)) {
    key.add("target", item.tree->read_link(item.source));
  } else if (S_ISDIR(item.status.st_mode)) {
    const UniqueFd directory = item.tree->open(item.source, O_RDONLY | O_DIRECTORY);
    for (const auto& [name, value] : fs::read_xattrs(directory.get(), "")) {
      if (archive::is_layer_xattr(name)) key.add(name, value);
    }
  } else {
    key.add("device", std::to_string(item.status.st_rdev));
  }
  return key.finish();
}

// Fills `digests` by several threads that take items in turn.
class ParallelDigester {
 public:
  ParallelDigester(const CopyItems& items, FileDigests* remembered, std::stop_token stop)
      : items_(items.items), remembered_(remembered), stop_(std::move(stop)) {
    digests_.resize(items_.size());
  }

  const std::vector<std::optional<Digest>>& run() {
    const std::size_t count = find_known();
    const std::size_t threads =
        std::min<std::size_t>(std::max(1u, std::thread::hardware_concurrency()), count / 64 + 1);
    {
      std::vector<std::jthread> workers;
      for (std::size_t i = 1; i < threads; ++i) workers.emplace_back([this] { work(); });
      work();
    }
    if (failure_) std::rethrow_exception(failure_);
    return digests_;
  }

 private:
  // Returns how many have to be read.
  std::size_t find_known() {
    std::size_t unknown = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (may_remember(items_[i])) {
        digests_[i] = remembered_->find(items_[i].status);
      }
      if (!digests_[i]) ++unknown;
    }
    return unknown;
  }

  void work() {
    try {
      for (;;) {
        const std::size_t i = next_.fetch_add(1);
        if (i >= items_.size() || failed_) return;
        if (stop_.stop_requested()) throw Error(ErrorCode::kCancelled, "the build was stopped");
        if (!digests_[i]) digests_[i] = digest(items_[i]);
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      failed_ = true;
    }
  }

  // Only the context's files live on between builds.
  bool may_remember(const CopyItem& item) const {
    return remembered_ != nullptr && S_ISREG(item.status.st_mode) &&
           item.tree->kind() == FileTree::Kind::kContext;
  }

  Digest digest(const CopyItem& item) {
    if (!S_ISREG(item.status.st_mode)) return digest_special(item);
    Digest digest = digest_file(item);
    if (may_remember(item)) remembered_->remember(item.status, digest);
    return digest;
  }

  const std::vector<CopyItem>& items_;
  FileDigests* remembered_;
  std::stop_token stop_;
  std::vector<std::optional<Digest>> digests_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

Digest digest_items(const CopyItems& items, FileDigests* remembered, std::stop_token stop,
                    KeyFields* files) {
  ParallelDigester digester(items, remembered, std::move(stop));
  const auto& digests = digester.run();
  KeyHasher key("items");
  for (std::size_t i = 0; i < items.items.size(); ++i) {
    const CopyItem& item = items.items[i];
    key.add("target", item.target);
    key.add("mode", std::to_string(item.status.st_mode));
    key.add("named", item.named ? "yes" : "no");
    key.add("on the way", item.on_the_way ? "yes" : "no");
    if (item.tree->kind() == FileTree::Kind::kImage) {
      key.add("owner",
              std::to_string(item.status.st_uid) + ":" + std::to_string(item.status.st_gid));
    }
    key.add("content", digests[i]->hex());
    if (files != nullptr) {
      files->emplace_back("file " + item.source,
                          fmt::format("{} {:o}", digests[i]->short_hex(), item.status.st_mode));
    }
  }
  return key.finish();
}

}  // namespace estiba::build
