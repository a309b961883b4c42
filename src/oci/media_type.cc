#include "oci/media_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace estiba {
namespace {

using namespace media_types;

struct LayerType {
  std::string_view name;
  Compression compression;
};
constexpr std::array kLayerTypes{
    LayerType{kOciLayerTar, Compression::kNone},
    LayerType{kOciLayerGzip, Compression::kGzip},
    LayerType{kOciLayerZstd, Compression::kZstd},
    LayerType{kDockerLayerTar, Compression::kNone},
    LayerType{kDockerLayerGzip, Compression::kGzip},
    LayerType{"application/vnd.docker.image.rootfs.diff.tar.zstd", Compression::kZstd},
    LayerType{kDockerForeignLayerGzip, Compression::kGzip},
    // Deprecated, but in images that exist (OCI image specification, layer.md,
    // "Non-Distributable Layers").
    LayerType{"application/vnd.oci.image.layer.nondistributable.v1.tar", Compression::kNone},
    LayerType{"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", Compression::kGzip},
    LayerType{"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", Compression::kZstd},
};

const LayerType* find_layer_type(std::string_view type) {
  const auto* found = std::find_if(kLayerTypes.begin(), kLayerTypes.end(),
                                   [&](const LayerType& entry) { return entry.name == type; });
  return found == kLayerTypes.end() ? nullptr : found;
}

}  // namespace

bool is_manifest_media_type(std::string_view type) {
  return type == kOciManifest || type == kDockerManifest;
}

bool is_index_media_type(std::string_view type) {
  return type == kOciIndex || type == kDockerManifestList;
}

bool is_layer_media_type(std::string_view type) {
  return find_layer_type(type) != nullptr;
}

Compression layer_compression(std::string_view type) {
  const LayerType* found = find_layer_type(type);
  if (found == nullptr) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("\"{}\" is not a kind of image layer that can be unpacked",
                            type.substr(0, 128)),
                "it may be an artifact rather than a container image");
  }
  return found->compression;
}

MediaType oci_layer_media_type(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return MediaType(kOciLayerTar);
    case Compression::kGzip:
      return MediaType(kOciLayerGzip);
    case Compression::kZstd:
      return MediaType(kOciLayerZstd);
  }
  throw Error(ErrorCode::kInternal, "unknown compression");
}

}  // namespace estiba
