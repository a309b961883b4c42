// What became of one image's files in another.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "archive/listing/image_tree.h"

namespace estiba::archive {

enum class Difference { kAdded, kRemoved, kChanged };
[[nodiscard]] std::string_view difference_name(Difference difference);

struct FileDifference {
  std::string path;  // "usr/bin/x"; of a directory with a slash at its end
  Difference change = Difference::kChanged;
  std::optional<std::uint64_t> from_bytes;  // nothing where there is no such file
  std::optional<std::uint64_t> to_bytes;
};

// Calls `visit` for every difference, directories before what is in them, until it returns false.
// A file has changed when its type, content, owner or permissions have, or where its link leads; a
// directory when its owner or permissions have. Times alone change nothing, as every build sets
// new ones. What layers at the bottom have in common is not looked at, where it is the same
// listing.
void compare_files(const ImageTree& from, const ImageTree& to,
                   const std::function<bool(const FileDifference&)>& visit);

struct PackageDifference {
  std::string name;
  PackageKind kind = PackageKind::kDpkg;
  Difference change = Difference::kChanged;
  std::string from;  // versions; empty where it is not installed
  std::string to;
};
// Sorted by kind and name.
[[nodiscard]] std::vector<PackageDifference> compare_packages(const ImageTree& from,
                                                              const ImageTree& to);

}  // namespace estiba::archive
