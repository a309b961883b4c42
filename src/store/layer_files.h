// Where the files of a layer lie: layers/<algorithm>/<hex>/{tar,index,tree}.
#pragma once

#include <string>
#include <utility>

#include "oci/digest.h"

namespace estiba::store {

[[nodiscard]] std::string algorithm_name(const Digest& digest);
// "<directory>/sha256/<hex>"
[[nodiscard]] std::string digest_path(const std::string& directory, const Digest& digest);

class LayerFiles {
 public:
  // `layers_directory` must exist, with a folder for each algorithm.
  explicit LayerFiles(std::string layers_directory)
      : layers_directory_(std::move(layers_directory)) {}

  [[nodiscard]] const std::string& root() const { return layers_directory_; }
  [[nodiscard]] std::string directory(const Digest& diff_id) const {
    return digest_path(layers_directory_, diff_id);
  }
  [[nodiscard]] std::string tar(const Digest& diff_id) const { return directory(diff_id) + "/tar"; }
  [[nodiscard]] std::string index(const Digest& diff_id) const {
    return directory(diff_id) + "/index";
  }
  [[nodiscard]] std::string tree(const Digest& diff_id) const {
    return directory(diff_id) + "/tree";
  }

 private:
  std::string layers_directory_;
};

}  // namespace estiba::store
