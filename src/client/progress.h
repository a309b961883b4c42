// What a person is shown of each layer while images travel.
#pragma once

#include <cstdint>
#include <string>

namespace estiba::client {

enum class TransferState {
  kPullingFsLayer,
  kWaiting,
  kDownloading,
  kVerifying,
  kDownloadComplete,
  kAlreadyExists,
  kPullComplete,
  kPreparing,
  kPushing,
  kPushed,
  kLayerAlreadyExists,
  kMounted,
};

struct TransferUpdate {
  std::string id{};  // 12 hexadecimal digits
  TransferState state = TransferState::kWaiting;
  std::uint64_t current_bytes = 0;
  std::uint64_t total_bytes = 0;  // 0: unknown
  std::string mounted_from{};     // kMounted: the repository
};

// In docker's words: "Pull complete", "Mounted from library/debian".
[[nodiscard]] std::string describe(const TransferUpdate& update);

// Called from several threads, often: an implementation limits what it draws.
class TransferProgress {
 public:
  virtual ~TransferProgress() = default;
  virtual void update(const TransferUpdate& update) = 0;
};

}  // namespace estiba::client
