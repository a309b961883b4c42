// Media types of manifests, configs and layers (OCI image specification, media-types.md; Docker
// image manifest version 2, schema 2).
#pragma once

#include <string>
#include <string_view>

namespace estiba {

using MediaType = std::string;

namespace media_types {
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kOciLayerTar = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view kOciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr std::string_view kOciEmpty = "application/vnd.oci.empty.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerManifestList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayerTar = "application/vnd.docker.image.rootfs.diff.tar";
inline constexpr std::string_view kDockerLayerGzip =
    "application/vnd.docker.image.rootfs.diff.tar.gzip";
inline constexpr std::string_view kDockerForeignLayerGzip =
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
}  // namespace media_types

enum class Compression { kNone, kGzip, kZstd };

[[nodiscard]] bool is_manifest_media_type(std::string_view type);  // one image
[[nodiscard]] bool is_index_media_type(std::string_view type);     // index or manifest list
[[nodiscard]] bool is_layer_media_type(std::string_view type);     // tar in any compression
// How a layer of this type is compressed by its name; throws kUnsupported for an unknown type.
[[nodiscard]] Compression layer_compression(std::string_view type);
[[nodiscard]] MediaType oci_layer_media_type(Compression compression);

}  // namespace estiba
