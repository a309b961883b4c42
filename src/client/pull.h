// An image from a registry into the store.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>

#include "client/progress.h"
#include "client/registry_client.h"
#include "oci/platform.h"
#include "oci/reference.h"
#include "store/store.h"

namespace estiba::client {

struct PullRequest {
  Reference reference;  // without tag and digest: latest
  // The host's when empty. When given, an image for another platform is an error.
  std::optional<Platform> platform{};
  // False: the image is known by digest only; a tag that the store has stays where it is.
  bool move_tag = true;
  std::size_t parallel_layers = 4;
  TransferProgress* progress = nullptr;  // borrowed; called from several threads
};

struct PullResult {
  Digest image_id;
  // What the tag pointed at: the manifest, or the index when there is one.
  Digest digest;
  // The store had exactly this under this name already.
  bool was_up_to_date = false;
};

// Either the image is whole, durable, tagged and known by its digest afterwards, or nothing has
// changed but that layers which arrived may be found by the next pull. `client` is the reference's
// registry. RegistryError with docker's sentences for what is not there or may not be read.
PullResult pull(store::Store& store, RegistryClient& client, const PullRequest& request,
                std::stop_token stop);

}  // namespace estiba::client
