// Which images a list shows: docker's --filter and the repository argument.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/image_store.h"

namespace estiba::cli {

class ImageFilter {
 public:
  // Throws kInvalidArgument for a filter that docker does not know either. Borrows `images`.
  ImageFilter(std::string name, const std::vector<std::string>& filters, store::ImageStore& images);

  [[nodiscard]] bool accepts(const store::ImageListing& image) const;
  [[nodiscard]] bool accepts_name(const Reference& tag) const;
  // Whether images without a name are left out.
  [[nodiscard]] bool asks_for_name() const { return !name_.empty() || !patterns_.empty(); }

 private:
  void add(const std::string& key, const std::string& value);
  [[nodiscard]] bool has_labels(const store::ImageListing& image) const;

  store::ImageStore& images_;
  std::string name_;
  std::vector<std::string> patterns_;
  std::vector<std::string> labels_;
  std::optional<bool> dangling_;
  std::optional<Timestamp> before_;
  std::optional<Timestamp> since_;
};

}  // namespace estiba::cli
