// What image archives say is in them, in docker's and in OCI's way.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "oci/image_config.h"
#include "oci/reference.h"
#include "store/archive_file.h"
#include "store/archives.h"
#include "store/image_transfer.h"

namespace estiba::store {

struct ArchivedLayer {
  std::string member;              // its name in the archive
  std::optional<Descriptor> blob;  // as the manifest has it; docker's archives have none
};

struct ArchivedImage {
  std::string config_bytes;
  ImageConfig config;
  std::vector<ArchivedLayer> layers;  // as many as the config has diff IDs
  std::vector<Reference> tags;
  std::optional<ManifestDocument> manifest;
};

// Whichever format it is (docker's where it is both). kInvalidArgument when it is neither or says
// what cannot be; documents are verified, layers are not read yet.
[[nodiscard]] std::vector<ArchivedImage> read_archive_images(const ArchiveFile& archive);

// For read_archive_images().
[[nodiscard]] std::vector<ArchivedImage> read_docker_images(const ArchiveFile& archive);
[[nodiscard]] std::vector<ArchivedImage> read_oci_images(const ArchiveFile& archive);
// The one image that is meant.
[[nodiscard]] ArchivedImage read_oci_image(const ArchiveFile& archive, const LayoutChoice& choice);

// Borrows both.
[[nodiscard]] std::unique_ptr<ImageSource> image_from_archive(const ArchiveFile& archive,
                                                              const ArchivedImage& image);

}  // namespace estiba::store
