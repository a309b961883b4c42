// Directories that outlive the container's own file system: -v, --mount, VOLUME.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "run/container_spec.h"

namespace estiba::run {

enum class VolumeKind {
  kBind,       // a path of the host
  kNamed,      // <store>/volumes/NAME/_data
  kAnonymous,  // a named volume with a random name
  kImage,      // the root of an image, read-only; its source becomes the image's ID
};

// What is mounted below a directory of the host.
enum class BindRecursion {
  kEnabled,   // shows too, and is read-only where the directory is and the kernel can make it so
  kDisabled,  // does not show
  kWritable,  // stays writable in a read-only directory
  kReadOnly,  // is read-only, or nothing is run
};

class VolumeSources;

struct VolumeRequest {
  VolumeKind kind = VolumeKind::kBind;
  std::string source;       // host path or volume name; empty for anonymous
  std::string destination;  // absolute, cleaned
  bool read_only = false;
  bool copy_from_image = true;  // "nocopy" turns it off
  std::string propagation = "rprivate";
  BindRecursion recursion = BindRecursion::kEnabled;
  std::string subpath{};      // of a volume or image: the part of it that is mounted
  bool change_owner = false;  // to the container's user, with all that is in it
};

// "SRC:DST[:OPTIONS]" or "DST"; OPTIONS are ro, rw, z, Z, U, nocopy, the propagations and what
// docker accepts for Macs, separated by commas. A relative source starts with "./" or is a volume's
// name. Throws kInvalidArgument.
[[nodiscard]] VolumeRequest parse_volume(std::string_view text);

// The requests and those of the image's VOLUMEs that no request covers; anonymous volumes have got
// the names that they keep as long as their container lives.
[[nodiscard]] std::vector<VolumeRequest> with_named_volumes(std::vector<VolumeRequest> requests,
                                                            const std::set<std::string>& declared);

// The volumes that `text` ("CONTAINER[:ro|:rw]" without the container) takes from another's: what
// is anonymous there is somebody else's here.
[[nodiscard]] std::vector<VolumeRequest> volumes_of_another(
    const std::vector<VolumeRequest>& requests, std::string_view text);

// Makes the volumes, still empty, that are missing.
void make_volumes(const std::string& volumes_directory, const std::vector<VolumeRequest>& requests);

struct VolumePlaces {
  const std::string& volumes_directory;
  const std::string& root_directory;  // the container's mounted root
};

// Makes what is missing: host directories, volumes. A new volume gets the content that the root has
// at its destination, with owner and mode.
[[nodiscard]] std::vector<BindMount> prepare_volumes(const VolumePlaces& places,
                                                     const std::vector<VolumeRequest>& requests,
                                                     VolumeSources& sources);

// docker's names: a letter or digit, then also "_", "." and "-".
[[nodiscard]] bool is_volume_name(std::string_view name);

void remove_volume(const std::string& volumes_directory, const std::string& name);

}  // namespace estiba::run
