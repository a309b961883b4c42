#include "store/layer_files.h"

#include <fmt/format.h>

namespace estiba::store {

std::string algorithm_name(const Digest& digest) {
  return digest.algorithm() == HashAlgorithm::kSha512 ? "sha512" : "sha256";
}

std::string digest_path(const std::string& directory, const Digest& digest) {
  return fmt::format("{}/{}/{}", directory, algorithm_name(digest), digest.hex());
}

}  // namespace estiba::store
