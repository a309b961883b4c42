#include "client/progress.h"

#include "base/error.h"

namespace estiba::client {

std::string describe(const TransferUpdate& update) {
  switch (update.state) {
    case TransferState::kPullingFsLayer:
      return "Pulling fs layer";
    case TransferState::kWaiting:
      return "Waiting";
    case TransferState::kDownloading:
      return "Downloading";
    case TransferState::kVerifying:
      return "Verifying Checksum";
    case TransferState::kDownloadComplete:
      return "Download complete";
    case TransferState::kAlreadyExists:
      return "Already exists";
    case TransferState::kPullComplete:
      return "Pull complete";
    case TransferState::kPreparing:
      return "Preparing";
    case TransferState::kPushing:
      return "Pushing";
    case TransferState::kPushed:
      return "Pushed";
    case TransferState::kLayerAlreadyExists:
      return "Layer already exists";
    case TransferState::kMounted:
      return update.mounted_from.empty() ? "Mounted" : "Mounted from " + update.mounted_from;
  }
  throw Error(ErrorCode::kInternal, "unknown state of a transfer");
}

}  // namespace estiba::client
