#include "client/transfer_words.h"

namespace estiba::client {

using store::LayerPhase;

void PullObserver::layer(const std::string& label, LayerPhase phase, std::uint64_t done_bytes,
                         std::uint64_t total_bytes) {
  if (progress_ == nullptr) return;
  const auto tell = [&](TransferState state) {
    progress_->update(
        {.id = label, .state = state, .current_bytes = done_bytes, .total_bytes = total_bytes});
  };
  switch (phase) {
    case LayerPhase::kWaiting:
      tell(TransferState::kPullingFsLayer);
      tell(TransferState::kWaiting);
      break;
    case LayerPhase::kPreparing:
      break;  // a registry has its layers ready
    case LayerPhase::kTransferring:
      tell(total_bytes > 0 && done_bytes >= total_bytes ? TransferState::kVerifying
                                                        : TransferState::kDownloading);
      break;
    case LayerPhase::kExisted:
    case LayerPhase::kMounted:
      tell(TransferState::kAlreadyExists);
      break;
    case LayerPhase::kDone:
      tell(TransferState::kDownloadComplete);
      tell(TransferState::kPullComplete);
      break;
  }
}

void PushObserver::layer(const std::string& label, LayerPhase phase, std::uint64_t done_bytes,
                         std::uint64_t total_bytes) {
  if (progress_ == nullptr) return;
  TransferUpdate update{.id = label, .current_bytes = done_bytes, .total_bytes = total_bytes};
  switch (phase) {
    case LayerPhase::kWaiting:
      update.state = TransferState::kWaiting;
      break;
    case LayerPhase::kPreparing:
      update.state = TransferState::kPreparing;
      break;
    case LayerPhase::kTransferring:
      update.state = TransferState::kPushing;
      break;
    case LayerPhase::kExisted:
      update.state = TransferState::kLayerAlreadyExists;
      break;
    case LayerPhase::kMounted:
      update.state = TransferState::kMounted;
      update.mounted_from = sink_.mounted_from(label);
      break;
    case LayerPhase::kDone:
      update.state = TransferState::kPushed;
      break;
  }
  progress_->update(update);
}

}  // namespace estiba::client
