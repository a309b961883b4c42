#include "build/tag_target.h"

#include "oci/manifest.h"
#include "store/image_transfer.h"

namespace estiba::build {

store::TagTarget make_tag_target(store::Store& store, const std::vector<BuiltImage>& images,
                                 const OutputSpec& output, std::stop_token stop) {
  std::vector<store::IndexedImage> sealed;
  Index index;
  index.media_type = std::string(output.docker_media_types ? media_types::kDockerManifestList
                                                           : media_types::kOciIndex);
  index.annotations = output.annotations.index;
  for (const BuiltImage& image : images) {
    const store::SealOptions options{.compression = output.compression,
                                     .force_compression = output.force_compression,
                                     .base_layers = image.base_layers,
                                     .docker_media_types = output.docker_media_types,
                                     .annotations = output.annotations.manifest};
    store::ManifestDocument manifest = store::seal_image(store, image.id, options, {}, stop);
    index.manifests.push_back({.media_type = manifest.media_type,
                               .digest = manifest.digest,
                               .size_bytes = manifest.bytes.size(),
                               .annotations = output.annotations.manifest_descriptor,
                               .platform = image.platform});
    sealed.push_back({image.id, std::move(manifest)});
  }
  const bool needs_index = images.size() > 1 || !output.annotations.index.empty() ||
                           !output.annotations.manifest_descriptor.empty();
  if (!needs_index) return {.document = std::move(sealed.front().manifest)};
  std::string bytes = index.serialize();
  const Digest digest = Digest::of(bytes);
  return {.document = {.media_type = index.media_type, .bytes = std::move(bytes), .digest = digest},
          .images = std::move(sealed)};
}

}  // namespace estiba::build
