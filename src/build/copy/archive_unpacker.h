// ADD of a local archive: its entries, as tar would extract them in the destination.
//
// An archive replaces what stands in its way, a directory by a file and a file by a directory, and
// its paths are resolved with the destination as their root, as in a chroot.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "build/copy/layer_composer.h"

namespace estiba::build {

struct UnpackRequest {
  std::string destination;  // a path of DestinationTree; made when it does not exist
  std::optional<Owner> owner;
  std::function<Timestamp(Timestamp)> clamp;
  std::function<void(std::uint64_t)> on_bytes;  // content bytes of one entry
};

// Unpacks the open archive, whatever its compression. Borrows all.
void unpack_archive(int fd, const UnpackRequest& request, LayerComposer& composer,
                    std::stop_token stop);

}  // namespace estiba::build
