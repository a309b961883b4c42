#include "store/copy_layers.h"

#include <algorithm>
#include <exception>
#include <future>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/thread_pool.h"

namespace estiba::store {
namespace {

// One image's layers on their way. Shared by the threads of the pool.
class LayersInFlight {
 public:
  LayersInFlight(ImageSource& from, ImageSink& to, TransferObserver& observer)
      : from_(from), to_(to), observer_(observer) {}

  void run(const CopyOptions& options, std::stop_token stop);

 private:
  using Key = std::pair<Digest, Digest>;  // blob and diff ID

  void copy_one(std::size_t index, const std::stop_token& stop);
  BlobOutcome transfer(const Descriptor& blob, const Digest& diff_id, const std::string& label,
                       const std::stop_token& stop);
  void fail(std::exception_ptr failure);

  ImageSource& from_;
  ImageSink& to_;
  TransferObserver& observer_;
  std::stop_source failed_;
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::map<Key, std::shared_future<BlobOutcome>> started_;
};

LayerPhase final_phase(BlobOutcome outcome) {
  switch (outcome) {
    case BlobOutcome::kExisted:
      return LayerPhase::kExisted;
    case BlobOutcome::kMounted:
      return LayerPhase::kMounted;
    case BlobOutcome::kStored:
      break;
  }
  return LayerPhase::kDone;
}

void LayersInFlight::run(const CopyOptions& options, std::stop_token stop) {
  const std::size_t count = from_.layer_count();
  if (count == 0) return;
  for (std::size_t i = 0; i < count; ++i) {
    observer_.layer(from_.layer_label(i), LayerPhase::kWaiting, 0, from_.layer_size_hint_bytes(i));
  }
  const std::stop_callback cancelled(stop, [this] { failed_.request_stop(); });
  {
    ThreadPool pool(std::clamp<std::size_t>(options.parallel_layers, 1, count));
    std::vector<std::future<void>> tasks;
    for (std::size_t i = 0; i < count; ++i) {
      tasks.push_back(pool.submit([this, i] {
        try {
          copy_one(i, failed_.get_token());
        } catch (...) {
          fail(std::current_exception());
        }
      }));
    }
    for (std::future<void>& task : tasks) task.get();
  }
  if (failure_) std::rethrow_exception(failure_);
  throw_if_stopped(stop);
}

void LayersInFlight::fail(std::exception_ptr failure) {
  {
    const std::lock_guard lock(mutex_);
    // What follows the first failure is only its echo.
    if (!failure_) failure_ = std::move(failure);
  }
  failed_.request_stop();
}

void LayersInFlight::copy_one(std::size_t index, const std::stop_token& stop) {
  throw_if_stopped(stop);
  const std::string label = from_.layer_label(index);
  const std::uint64_t hint_bytes = from_.layer_size_hint_bytes(index);
  const Descriptor blob = from_.prepare_layer(
      index,
      [&](std::uint64_t done) { observer_.layer(label, LayerPhase::kPreparing, done, hint_bytes); },
      stop);
  const Digest diff_id = from_.layer_diff_id(index);

  // A layer may occur several times in an image; it travels once.
  std::promise<BlobOutcome> promise;
  std::shared_future<BlobOutcome> outcome;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    const auto [place, inserted] = started_.try_emplace({blob.digest, diff_id});
    is_first = inserted;
    if (inserted) place->second = promise.get_future().share();
    outcome = place->second;
  }
  if (is_first) {
    try {
      promise.set_value(transfer(blob, diff_id, label, stop));
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  }
  observer_.layer(label, final_phase(outcome.get()), blob.size_bytes, blob.size_bytes);
}

BlobOutcome LayersInFlight::transfer(const Descriptor& blob, const Digest& diff_id,
                                     const std::string& label, const std::stop_token& stop) {
  if (to_.has_layer(blob, diff_id)) return BlobOutcome::kExisted;
  return to_.put_layer(
      blob, diff_id,
      [&](std::uint64_t offset_bytes) { return from_.open_blob(blob, offset_bytes); },
      [&](std::uint64_t done) {
        observer_.layer(label, LayerPhase::kTransferring, done, blob.size_bytes);
      },
      stop);
}

}  // namespace

void copy_layers(ImageSource& from, ImageSink& to, const CopyOptions& options,
                 TransferObserver& observer, std::stop_token stop) {
  LayersInFlight(from, to, observer).run(options, std::move(stop));
}

Digest copy_image(ImageSource& from, ImageSink& to, const CopyOptions& options,
                  TransferObserver& observer, std::stop_token stop) {
  copy_layers(from, to, options, observer, stop);
  return to.put_image(from.manifest(), from.config_bytes());
}

}  // namespace estiba::store
