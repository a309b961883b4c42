// Receiving one blob over connections that break.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

#include "base/stream.h"
#include "oci/descriptor.h"
#include "store/image_transfer.h"

namespace estiba::store {

// Where the bytes go.
struct BlobReceiver {
  std::function<void(Bytes)> write;
  std::function<std::uint64_t()> offset_bytes;  // received so far
  std::function<void()> restart;                // forgets what was received
  std::function<void()> commit;                 // verifies: kDataLoss
};

// Reads until `blob` is complete and committed. A connection that breaks (kUnavailable, or an early
// end) is opened again where it broke, after a pause; content that does not match is fetched once
// more from the start. Never writes more than the descriptor promises (kDataLoss).
void receive_blob(const Descriptor& blob, const OpenBlob& open, const BlobReceiver& receiver,
                  const std::function<void(std::uint64_t)>& on_bytes, const std::stop_token& stop);

}  // namespace estiba::store
