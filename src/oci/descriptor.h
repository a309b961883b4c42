// What one document says of another's content (OCI image specification, descriptor.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oci/digest.h"
#include "oci/media_type.h"
#include "oci/platform.h"

namespace estiba {

struct Descriptor {
  MediaType media_type{};
  Digest digest;
  std::uint64_t size_bytes = 0;
  std::vector<std::string> urls{};
  std::map<std::string, std::string> annotations{};
  std::string artifact_type{};
  std::optional<Platform> platform{};
};

}  // namespace estiba
