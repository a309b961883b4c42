// What the package managers of an image have installed, read from their databases in its layers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::archive {

enum class PackageKind { kDpkg, kApk };
[[nodiscard]] std::string_view package_kind_name(PackageKind kind);

struct Package {
  std::string name;
  std::string version;
  friend auto operator<=>(const Package&, const Package&) = default;
};

// One file that says what is installed.
struct PackageDatabase {
  PackageKind kind = PackageKind::kDpkg;
  std::string path;
  std::vector<Package> packages;
};

// Whose database a layer's file is by its path; nothing for all others.
[[nodiscard]] std::optional<PackageKind> package_database_kind(std::string_view path);
// Total on any bytes: what makes no sense is left out.
[[nodiscard]] std::vector<Package> read_packages(PackageKind kind, std::string_view content);

// As a listing keeps them.
[[nodiscard]] std::string write_package_databases(const std::vector<PackageDatabase>& databases);
[[nodiscard]] std::vector<PackageDatabase> read_package_databases(std::string_view bytes);

}  // namespace estiba::archive
