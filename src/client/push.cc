#include "client/push.h"

#include <fmt/format.h>

#include "base/error.h"
#include "client/registry_error.h"
#include "client/registry_image.h"
#include "client/transfer_words.h"
#include "store/image_store.h"
#include "store/image_transfer.h"

namespace estiba::client {
namespace {

store::Image find_image(store::Store& store, const Reference& reference) {
  if (std::optional<store::Image> image = store.images().try_find(reference)) {
    return *std::move(image);
  }
  throw Error(ErrorCode::kNotFound,
              fmt::format("An image does not exist locally with the tag: {}",
                          reference.repository().familiar_name()),
              fmt::format("give one that name with 'estiba tag IMAGE {}'", reference.familiar()));
}

}  // namespace

PushResult push(store::Store& store, RegistryClient& client, const PushRequest& request,
                std::stop_token stop) {
  if (request.reference.digest()) {
    throw Error(ErrorCode::kInvalidArgument, "cannot push a digest reference",
                "push the tag: a digest follows from the content");
  }
  const Reference reference = request.reference.with_default_tag();
  const store::Image image = find_image(store, reference);
  try {
    const std::unique_ptr<store::ImageSource> source = store::image_from_store(store, image.id);
    RegistryImageSink sink(client, store, reference, stop);
    PushObserver observer(request.progress, sink);
    const Digest digest = store::copy_image(
        *source, sink, {.parallel_layers = request.parallel_layers}, observer, stop);
    const store::ManifestDocument manifest = source->manifest();
    store.images().add_manifest(image.id, manifest, reference.repository());
    return {.digest = digest, .manifest_size_bytes = manifest.bytes.size()};
  } catch (const RegistryError& error) {
    rethrow_push_failure(error, reference);
  }
}

}  // namespace estiba::client
