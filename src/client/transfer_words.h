// From the phases of store::copy_image to docker's words.
#pragma once

#include <cstdint>
#include <string>

#include "client/progress.h"
#include "client/registry_image.h"
#include "store/image_transfer.h"

namespace estiba::client {

// Thread-safe if `progress` is. Borrows.
class PullObserver final : public store::TransferObserver {
 public:
  // Without a progress nothing is told.
  explicit PullObserver(TransferProgress* progress) : progress_(progress) {}
  void layer(const std::string& label, store::LayerPhase phase, std::uint64_t done_bytes,
             std::uint64_t total_bytes) override;

 private:
  TransferProgress* progress_;
};

class PushObserver final : public store::TransferObserver {
 public:
  PushObserver(TransferProgress* progress, const RegistryImageSink& sink)
      : progress_(progress), sink_(sink) {}
  void layer(const std::string& label, store::LayerPhase phase, std::uint64_t done_bytes,
             std::uint64_t total_bytes) override;

 private:
  TransferProgress* progress_;
  const RegistryImageSink& sink_;
};

}  // namespace estiba::client
