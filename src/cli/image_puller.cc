#include "cli/image_puller.h"

#include "cli/session.h"
#include "client/pull.h"
#include "client/registry_client.h"
#include "store/store.h"

namespace estiba::cli {

build::PullImage make_image_puller(Session& session) {
  return [&session](const Reference& reference, const Platform& platform,
                    client::TransferProgress& progress, std::stop_token stop) {
    client::RegistryClient registry(reference.repository().registry(), session.settings(),
                                    session.credentials());
    client::PullRequest request{.reference = reference};
    request.platform = platform;
    // A name means what runs here: an image for elsewhere does not take it away.
    request.move_tag = Platform::host().accepts(platform);
    request.progress = &progress;
    const client::PullResult result = client::pull(session.store(), registry, request, stop);
    return build::PulledImage{result.image_id, result.digest};
  };
}

}  // namespace estiba::cli
