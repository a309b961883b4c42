// An image of the store to a registry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>

#include "client/progress.h"
#include "client/registry_client.h"
#include "oci/reference.h"
#include "store/store.h"

namespace estiba::client {

struct PushRequest {
  Reference reference;  // a tag that the store has; without one: latest
  std::size_t parallel_layers = 4;
  TransferProgress* progress = nullptr;  // borrowed; called from several threads
};

struct PushResult {
  Digest digest;  // of the manifest
  std::uint64_t manifest_size_bytes = 0;
};

// A tag that stands for an index brings all of its images. The manifest goes last, so that the tag
// at the registry moves once all is there. Layers that the registry has stay where they are; others
// are compressed when they are first pushed. Afterwards the store knows the image by its digest in
// that repository.
PushResult push(store::Store& store, RegistryClient& client, const PushRequest& request,
                std::stop_token stop);

}  // namespace estiba::client
