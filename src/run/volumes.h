// Directories that outlive the container's own file system: -v, --mount of binds, VOLUME.
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
};

struct VolumeRequest {
  VolumeKind kind = VolumeKind::kBind;
  std::string source;       // host path or volume name; empty for anonymous
  std::string destination;  // absolute, cleaned
  bool read_only = false;
  bool copy_from_image = true;  // "nocopy" turns it off
  std::string propagation = "rprivate";
};

// "SRC:DST[:OPTIONS]" or "DST"; OPTIONS are ro, rw, z, Z, nocopy and the propagations, separated by
// commas. A relative source starts with "./" or is a volume's name. Throws kInvalidArgument.
[[nodiscard]] VolumeRequest parse_volume(std::string_view text);

// The requests and those of the image's VOLUMEs that no request covers; anonymous volumes have got
// the names that they keep as long as their container lives.
[[nodiscard]] std::vector<VolumeRequest> with_named_volumes(std::vector<VolumeRequest> requests,
                                                            const std::set<std::string>& declared);

// Makes what is missing: host directories, volumes. A new volume gets the content that
// `root_directory` (the container's mounted root) has at its destination, with owner and mode.
[[nodiscard]] std::vector<BindMount> prepare_volumes(const std::string& volumes_directory,
                                                     const std::string& root_directory,
                                                     const std::vector<VolumeRequest>& requests);

// docker's names: a letter or digit, then also "_", "." and "-".
[[nodiscard]] bool is_volume_name(std::string_view name);

void remove_volume(const std::string& volumes_directory, const std::string& name);

}  // namespace estiba::run
