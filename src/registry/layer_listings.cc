#include "registry/layer_listings.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "archive/compression.h"
#include "archive/listing/list_layer.h"
#include "base/error.h"
#include "fs/temp.h"
#include "fs/tree.h"
#include "registry/limits.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::chrono::milliseconds kAbandonedCheck{200};

// A layer of usual files grows three- or fourfold; what grows without measure is a bomb.
std::uint64_t listed_bytes(std::uint64_t stored_bytes) {
  const std::uint64_t grown = stored_bytes > kMaxListedLayerBytes / kMaxListedGrowth
                                  ? kMaxListedLayerBytes
                                  : stored_bytes * kMaxListedGrowth;
  return std::clamp(grown, kListedBytesAlways, kMaxListedLayerBytes);
}

[[noreturn]] void throw_no_layer(const Digest& digest) {
  throw Error(ErrorCode::kNotFound,
              "the layer " + digest.to_string() + " is not kept by this registry");
}

[[noreturn]] void throw_busy() {
  throw Error(ErrorCode::kUnavailable, "too many layers are being read", "try again in a minute");
}

[[noreturn]] void throw_abandoned() {
  throw Error(ErrorCode::kCancelled, "nobody waits for it any longer");
}

// Whether the layer itself is at fault, so that trying again is in vain.
bool is_layers_fault(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kDataLoss:
    case ErrorCode::kUnsupported:
      return true;
    default:
      return false;
  }
}

bool is_kept_blob(sql::ConnectionPool& metadata, const Digest& digest) {
  const auto reader = metadata.reader();
  sql::Statement row = reader->query("SELECT 1 FROM blobs WHERE digest = $1", digest.to_string());
  return row.step();
}

[[noreturn]] void throw_unreadable(const std::string& digest, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, "the layer " + digest + " cannot be read: " + why);
}

}  // namespace

struct LayerListings::Flight {
  std::stop_source stop;
  int waiting = 0;
  bool done = false;
  Listing listing;
  std::exception_ptr error;
};

// Counts a request among those that wait, unless there are too many.
struct LayerListings::Waiting {
  Waiting(std::mutex& mutex, int& count, int limit) : mutex_(mutex), count_(count) {
    const std::lock_guard lock(mutex_);
    if (count_ >= limit) throw_busy();
    ++count_;
  }
  ~Waiting() {
    const std::lock_guard lock(mutex_);
    --count_;
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::mutex& mutex_;
  int& count_;
};

LayerListings::LayerListings(sql::ConnectionPool& metadata, Blobs& blobs,
                             const std::string& data_directory)
    : metadata_(metadata), blobs_(blobs), directory_(data_directory + "/cache/listings") {
  make_directories(directory_, 0700);
  make_room(0);
  threads_ = std::make_unique<ThreadPool>(kListingThreads, kMaxQueuedListings);
}

LayerListings::~LayerListings() {
  stop_.request_stop();
  threads_.reset();
}

std::string LayerListings::file_of(const std::string& digest) const {
  std::string name = digest;
  std::replace(name.begin(), name.end(), ':', '-');
  return directory_ + "/" + name;
}

LayerListings::Listing LayerListings::find_opened(const std::string& digest) {
  const auto found = opened_.find(digest);
  if (found == opened_.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second.used);
  return found->second.listing;
}

void LayerListings::keep_opened(const std::string& digest, const Listing& listing) {
  if (opened_.contains(digest)) return;
  used_.push_front(digest);
  opened_[digest] = {listing, used_.begin()};
  if (used_.size() <= kMaxOpenListings) return;
  opened_.erase(used_.back());
  used_.pop_back();
}

std::vector<LayerListings::Listing> LayerListings::get(std::int64_t repository,
                                                       const std::vector<Digest>& layers,
                                                       const Abandoned& abandoned) {
  // First of all, and each time: a listing that another repository's readers had made is none of
  // this one's.
  for (const Digest& layer : layers) {
    if (!blobs_.find(repository, layer)) throw_no_layer(layer);
  }
  std::vector<Listing> listings(layers.size());
  std::vector<std::size_t> missing;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      listings[i] = find_opened(layers[i].to_string());
      if (!listings[i]) missing.push_back(i);
    }
  }
  if (missing.empty()) return listings;
  const Waiting waiting(mutex_, waiting_, kMaxListingRequests);
  // All begun before any is waited for.
  std::map<std::string, std::shared_ptr<Flight>> flights;
  const auto leave_all = [&] {
    for (const auto& [digest, flight] : flights) leave_flight(digest, flight);
  };
  try {
    for (const std::size_t i : missing) {
      auto& flight = flights[layers[i].to_string()];
      if (!flight) flight = join_flight(repository, layers[i]);
    }
    for (const std::size_t i : missing) {
      listings[i] = wait_for(*flights[layers[i].to_string()], abandoned);
    }
  } catch (...) {
    leave_all();
    throw;
  }
  leave_all();
  return listings;
}

std::shared_ptr<LayerListings::Flight> LayerListings::join_flight(std::int64_t repository,
                                                                  const Digest& digest) {
  const std::string name = digest.to_string();
  auto flight = std::make_shared<Flight>();
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = unreadable_.find(name); known != unreadable_.end()) {
      throw_unreadable(name, known->second);
    }
    auto& current = flights_[name];
    if (current) {
      ++current->waiting;
      return current;
    }
    flight->waiting = 1;
    current = flight;
  }
  (void)threads_->submit(
      [this, repository, digest, flight] { run_flight(repository, digest, *flight); });
  return flight;
}

LayerListings::Listing LayerListings::wait_for(Flight& flight, const Abandoned& abandoned) {
  std::unique_lock lock(mutex_);
  while (!flight.done) {
    landed_.wait_for(lock, kAbandonedCheck);
    if (flight.done) break;
    lock.unlock();
    if (abandoned()) throw_abandoned();
    lock.lock();
  }
  if (flight.error) std::rethrow_exception(flight.error);
  return flight.listing;
}

void LayerListings::leave_flight(const std::string& digest, const std::shared_ptr<Flight>& flight) {
  if (!flight) return;
  const std::lock_guard lock(mutex_);
  if (--flight->waiting > 0 || flight->done) return;
  flight->stop.request_stop();
  const auto found = flights_.find(digest);
  if (found != flights_.end() && found->second == flight) flights_.erase(found);
}

void LayerListings::run_flight(std::int64_t repository, const Digest& digest, Flight& flight) {
  const std::string name = digest.to_string();
  Listing listing;
  std::exception_ptr failure;
  std::string fault;
  try {
    listing = load(digest);
    if (!listing) listing = make(repository, digest, flight.stop.get_token());
  } catch (const Error& error) {
    failure = std::current_exception();
    if (is_layers_fault(error)) {
      fault = error.message();
      failure = std::make_exception_ptr(
          Error(ErrorCode::kInvalidArgument, "the layer " + name + " cannot be read: " + fault));
    }
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  if (listing) keep_opened(name, listing);
  if (!fault.empty()) {
    if (unreadable_.size() >= kMaxUnreadableLayers) unreadable_.clear();
    unreadable_[name] = fault;
  }
  flight.listing = std::move(listing);
  flight.error = failure;
  flight.done = true;
  const auto found = flights_.find(name);
  if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
  landed_.notify_all();
}

LayerListings::Listing LayerListings::load(const Digest& digest) {
  const std::string path = file_of(digest.to_string());
  if (!path_exists(path)) return nullptr;
  try {
    auto listing = std::make_shared<archive::LayerListing>(open_file(path, O_RDONLY));
    // Used now: the last to make room.
    ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
    return listing;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return nullptr;
    if (error.code() != ErrorCode::kDataLoss) throw;
    fs::remove_tree(path);
    return nullptr;
  }
}

LayerListings::Listing LayerListings::make(std::int64_t repository, const Digest& digest,
                                           const std::stop_token& stop) {
  const auto check = [&](std::uint64_t) {
    if (stop.stop_requested() || stop_.stop_requested()) throw_abandoned();
  };
  check(0);
  auto blob = blobs_.open(repository, digest);
  if (!blob) throw_no_layer(digest);
  FdSource file(std::move(blob->fd), "a layer");
  CountingSource source(file, check);
  auto listed = fs::TemporaryFile::create(directory_, "listing");
  archive::list_layer(source, {directory_, listed_bytes(blob->size_bytes)}, listed.fd());
  auto listing = std::make_shared<archive::LayerListing>(duplicate(listed.fd()));
  make_room(listing->size_bytes());
  // Lost with the power or not, its checksum tells.
  (void)listed.publish_unsynced(file_of(digest.to_string()), 0600);
  return listing;
}

std::string LayerListings::read(std::int64_t repository, const Digest& layer,
                                const archive::ListedEntry& file, const Abandoned& abandoned) {
  const Waiting reading(mutex_, reading_, kMaxFileReads);
  auto blob = blobs_.open(repository, layer);
  if (!blob) throw_no_layer(layer);
  FdSource stored(std::move(blob->fd), "a layer");
  CountingSource source(stored, [&](std::uint64_t) {
    if (abandoned()) throw_abandoned();
  });
  const auto tar = archive::open_maybe_compressed(source);
  tar->skip(file.data_offset);
  std::string content(file.size_bytes, '\0');
  read_exactly(*tar, std::as_writable_bytes(std::span(content)), "a file of a layer");
  return content;
}

// Removes those that were not used for longest, until there is room for one more.
void LayerListings::make_room(std::uint64_t added_bytes) {
  struct Stored {
    std::int64_t used_at;
    std::uint64_t size_bytes;
    std::string name;
  };
  const std::lock_guard lock(room_mutex_);
  stored_bytes_ += added_bytes;
  if (added_bytes > 0 && stored_bytes_ <= kMaxListingCacheBytes) return;
  const UniqueFd directory = open_file(directory_, O_RDONLY | O_DIRECTORY);
  std::vector<Stored> stored;
  stored_bytes_ = added_bytes;
  for (const std::string& name : fs::list_directory(directory.get())) {
    struct stat status {};
    if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    stored.push_back({status.st_mtime, static_cast<std::uint64_t>(status.st_size), name});
    stored_bytes_ += stored.back().size_bytes;
  }
  std::sort(stored.begin(), stored.end(),
            [](const Stored& a, const Stored& b) { return a.used_at < b.used_at; });
  for (const Stored& one : stored) {
    if (stored_bytes_ <= kMaxListingCacheBytes - kMaxListingCacheBytes / 8) break;
    fs::remove_tree_at(directory.get(), one.name);
    stored_bytes_ -= one.size_bytes;
  }
}

void LayerListings::sweep() {
  const UniqueFd directory = open_file(directory_, O_RDONLY | O_DIRECTORY);
  for (const std::string& name : fs::list_directory(directory.get())) {
    std::string text = name;
    std::replace(text.begin(), text.end(), '-', ':');
    const auto digest = Digest::try_parse(text);
    // Others are being written, or were when a server was killed: make_room() removes them in time.
    if (!digest || is_kept_blob(metadata_, *digest)) continue;
    fs::remove_tree_at(directory.get(), name);
    const std::lock_guard lock(mutex_);
    if (const auto open = opened_.find(text); open != opened_.end()) {
      used_.erase(open->second.used);
      opened_.erase(open);
    }
  }
}

}  // namespace estiba::registry
