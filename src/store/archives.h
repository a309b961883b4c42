// Images in single files: docker archives, OCI archives, and plain root file system tars.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/stream.h"
#include "oci/image_config.h"
#include "oci/reference.h"
#include "store/image_store.h"

namespace estiba::store {

class Store;

enum class ArchiveFormat { kDocker, kOci };

struct SavedImage {
  Digest id;
  std::vector<Reference> tags;
  // The exact manifest, or the index with all of its images; docker's format has no place for it.
  std::optional<TagTarget> target{};
};

// Writes images (several share their layers) as one tar.
void save_archive(Store& store, const std::vector<SavedImage>& images, ArchiveFormat format,
                  Sink& out, std::stop_token stop);

struct LoadedImage {
  Digest id;
  std::vector<Reference> tags;
};

// Reads either format, compressed or not, telling them apart by content. The archive is spooled to
// a temporary file of the store unless `in_fd` is a regular file. Nothing appears when it is
// broken.
[[nodiscard]] std::vector<LoadedImage> load_archive(Store& store, int in_fd, std::stop_token stop);

// Which image of an OCI layout is meant; with neither its only one, or the one of the tag "latest".
struct LayoutChoice {
  std::optional<std::string> tag;
  std::optional<Digest> digest;  // of a manifest or index
};
// That image of a layout in a tar, whose names move no tags of the store. kNotFound naming the
// tags that there are.
[[nodiscard]] Digest load_layout_image(Store& store, int in_fd, const LayoutChoice& choice,
                                       std::stop_token stop);

// A root file system tar (any compression) becomes a one-layer image.
struct ImportOptions {
  std::optional<Reference> reference;
  std::string message;
  ContainerConfig config;  // with --change already applied
  Platform platform;
};
[[nodiscard]] Digest import_root_file_system(Store& store, Source& tar,
                                             const ImportOptions& options, std::stop_token stop);

}  // namespace estiba::store
