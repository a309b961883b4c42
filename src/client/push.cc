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

class Pusher {
 public:
  Pusher(store::Store& store, RegistryClient& client, const PushRequest& request,
         const Reference& reference, std::stop_token stop)
      : store_(store), client_(client), request_(request), reference_(reference), stop_(stop) {}

  PushResult push_image(store::ImageSource& source, const Reference& as) {
    RegistryImageSink sink(client_, store_, as, stop_);
    PushObserver observer(request_.progress, sink);
    const Digest digest = store::copy_image(
        source, sink, {.parallel_layers = request_.parallel_layers}, observer, stop_);
    return {.digest = digest, .manifest_size_bytes = source.manifest().bytes.size()};
  }

  // The images first, each by its digest, then the tag.
  PushResult push_index(const store::TagTarget& target) {
    const Reference untagged(reference_.repository(), std::nullopt, std::nullopt);
    for (const store::IndexedImage& indexed : target.images) {
      const auto source = store::image_from_store(store_, indexed.image_id, indexed.manifest);
      if (push_image(*source, untagged).digest != indexed.manifest.digest) {
        throw Error(ErrorCode::kDataLoss,
                    fmt::format("layers of {} are gone from the store", reference_.familiar()),
                    "build the image again");
      }
    }
    const Digest digest = client_.put_manifest(reference_, target.document, stop_);
    return {.digest = digest, .manifest_size_bytes = target.document.bytes.size()};
  }

 private:
  store::Store& store_;
  RegistryClient& client_;
  const PushRequest& request_;
  const Reference& reference_;
  const std::stop_token stop_;
};

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
    Pusher pusher(store, client, request, reference, stop);
    const std::optional<store::TagTarget> target = store.images().target_of(reference);
    if (target && is_index_media_type(target->document.media_type)) {
      const PushResult result = pusher.push_index(*target);
      store.images().add_manifest(image.id, target->document, reference.repository());
      return result;
    }
    const auto source = target ? store::image_from_store(store, image.id, target->document)
                               : store::image_from_store(store, image.id);
    const PushResult result = pusher.push_image(*source, reference);
    store.images().add_manifest(image.id, source->manifest(), reference.repository());
    return result;
  } catch (const RegistryError& error) {
    rethrow_push_failure(error, reference);
  }
}

}  // namespace estiba::client
