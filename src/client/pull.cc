#include "client/pull.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "client/limits.h"
#include "client/registry_error.h"
#include "client/registry_image.h"
#include "client/transfer_words.h"
#include "oci/manifest.h"
#include "store/image_store.h"
#include "store/image_transfer.h"
#include "store/layer_store.h"

namespace estiba::client {
namespace {

using store::ManifestDocument;

class Puller {
 public:
  Puller(store::Store& store, RegistryClient& client, const PullRequest& request,
         std::stop_token stop)
      : store_(store),
        client_(client),
        request_(request),
        reference_(request.reference.with_default_tag()),
        platform_(request.platform.value_or(Platform::host())),
        stop_(stop) {}

  PullResult run() {
    const Descriptor target = client_.resolve(reference_, stop_);
    if (const std::optional<store::Image> known = find_known(target.digest)) {
      return keep_known(*known, target.digest);
    }
    // By digest: a tag may move between two requests.
    const ManifestDocument document = client_.get_manifest(by_digest(target.digest), stop_);
    if (!is_index_media_type(document.media_type)) return copy(document, std::nullopt);
    return copy(choose(document), document);
  }

 private:
  [[nodiscard]] Reference by_digest(const Digest& digest) const {
    return {reference_.repository(), std::nullopt, digest};
  }

  // The image that this digest gave when it was pulled before, if it is the one wanted now.
  [[nodiscard]] std::optional<store::Image> find_known(const Digest& digest) const {
    std::optional<store::Image> image = store_.images().try_find(by_digest(digest));
    if (image && !platform_.accepts(image->config.platform)) return std::nullopt;
    return image;
  }

  PullResult keep_known(const store::Image& image, const Digest& digest) {
    bool up_to_date = true;
    if (request_.move_tag && reference_.tag() && !reference_.digest()) {
      const std::optional<store::Image> tagged = store_.images().try_find(reference_);
      up_to_date = tagged && tagged->id == image.id;
      if (!up_to_date) store_.images().tag(image.id, reference_);
    }
    return {.image_id = image.id, .digest = digest, .was_up_to_date = up_to_date};
  }

  // The manifest for our platform, also out of an index within an index.
  [[nodiscard]] ManifestDocument choose(ManifestDocument document) {
    for (int depth = 0; is_index_media_type(document.media_type); ++depth) {
      if (depth == kMaxIndexDepth) {
        throw Error(ErrorCode::kUnsupported,
                    fmt::format("the index of {} is nested too deep", reference_.familiar()));
      }
      const Index index = Index::parse(document.bytes, document.media_type);
      const Descriptor* entry = index.find(platform_);
      if (entry == nullptr) fail_without_platform(index);
      document = client_.get_manifest(by_digest(entry->digest), stop_);
    }
    return document;
  }

  [[noreturn]] void fail_without_platform(const Index& index) const {
    std::vector<std::string> offered;
    for (const Descriptor& entry : index.manifests) {
      if (!entry.platform || entry.platform->os == "unknown" || offered.size() > 16) continue;
      offered.push_back(printable(entry.platform->to_string(), 64));
    }
    throw Error(ErrorCode::kNotFound,
                fmt::format("no matching manifest for {} in the manifest list of {}",
                            platform_.to_string(), reference_.familiar()),
                offered.empty() ? std::string() : "it is offered for " + join(offered, ", "));
  }

  PullResult copy(const ManifestDocument& manifest, const std::optional<ManifestDocument>& index) {
    RegistryImageSource source(client_, reference_.repository(), manifest, stop_);
    check_platform(source.config());
    std::vector<Reference> tags;
    if (!reference_.digest() && request_.move_tag) tags.push_back(reference_);
    // A person knows the image by what the tag points at: the index, if there is one.
    std::vector<Repository> known_in;
    if (!index) known_in.push_back(reference_.repository());
    const auto sink = store::image_into_store(store_, std::move(tags), std::move(known_in));
    PullObserver observer(request_.progress);
    store::copy_image(source, *sink, {.parallel_layers = request_.parallel_layers}, observer,
                      stop_);
    const Digest id = Digest::of(source.config_bytes());
    if (index) store_.images().add_manifest(id, *index, reference_.repository());
    remember_locations(source);
    return {.image_id = id, .digest = index ? index->digest : manifest.digest};
  }

  void check_platform(const ImageConfig& config) const {
    if (!request_.platform || platform_.accepts(config.platform)) return;
    throw Error(ErrorCode::kNotFound,
                fmt::format("image {} does not match the specified platform: wanted {}, actual {}",
                            reference_.familiar(), platform_.to_string(),
                            printable(config.platform.to_string(), 64)));
  }

  // So that a later push to the same registry can mount what it has already.
  void remember_locations(RegistryImageSource& source) {
    for (std::size_t i = 0; i < source.layer_count(); ++i) {
      store_.layers().remember_location(source.prepare_layer(i, {}, stop_).digest,
                                        reference_.repository().registry(),
                                        reference_.repository().path());
    }
  }

  store::Store& store_;
  RegistryClient& client_;
  const PullRequest& request_;
  const Reference reference_;
  const Platform platform_;
  const std::stop_token stop_;
};

}  // namespace

PullResult pull(store::Store& store, RegistryClient& client, const PullRequest& request,
                std::stop_token stop) {
  try {
    return Puller(store, client, request, stop).run();
  } catch (const RegistryError& error) {
    rethrow_pull_failure(error, request.reference.with_default_tag());
  }
}

}  // namespace estiba::client
