#include "oci/media_type.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace estiba {
namespace {

TEST(MediaType, ManifestsIndexesAndLayersAreToldApart) {
  for (std::string_view type : {media_types::kOciManifest, media_types::kDockerManifest}) {
    EXPECT_TRUE(is_manifest_media_type(type));
    EXPECT_FALSE(is_index_media_type(type));
    EXPECT_FALSE(is_layer_media_type(type));
  }
  for (std::string_view type : {media_types::kOciIndex, media_types::kDockerManifestList}) {
    EXPECT_TRUE(is_index_media_type(type));
    EXPECT_FALSE(is_manifest_media_type(type));
  }
  EXPECT_FALSE(is_manifest_media_type(""));
  EXPECT_FALSE(is_layer_media_type("application/vnd.oci.image.layer.v1.tar+rot13"));
}

TEST(MediaType, TheNameTellsTheCompression) {
  EXPECT_EQ(layer_compression(media_types::kOciLayerTar), Compression::kNone);
  EXPECT_EQ(layer_compression(media_types::kDockerLayerTar), Compression::kNone);
  EXPECT_EQ(layer_compression(media_types::kOciLayerGzip), Compression::kGzip);
  EXPECT_EQ(layer_compression(media_types::kDockerLayerGzip), Compression::kGzip);
  EXPECT_EQ(layer_compression(media_types::kDockerForeignLayerGzip), Compression::kGzip);
  EXPECT_EQ(layer_compression(media_types::kOciLayerZstd), Compression::kZstd);
  for (Compression compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    EXPECT_EQ(layer_compression(oci_layer_media_type(compression)), compression);
  }
}

TEST(MediaType, ALayerThatCannotBeUnpackedIsNamed) {
  try {
    (void)layer_compression("application/vnd.acme.model");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("application/vnd.acme.model"), std::string::npos);
  }
}

}  // namespace
}  // namespace estiba
