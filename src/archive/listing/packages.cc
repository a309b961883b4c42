#include "archive/listing/packages.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/text.h"

namespace estiba::archive {
namespace {

constexpr std::size_t kMaxPackageTextBytes = 256;

// The lines of both databases are "Key: value" (dpkg) or "K:value" (apk); an empty one ends a
// package. Calls `on_field` for each and `on_end` after each package.
template <typename OnField, typename OnEnd>
void read_stanzas(std::string_view content, OnField&& on_field, OnEnd&& on_end) {
  while (!content.empty()) {
    const std::size_t end = std::min(content.find('\n'), content.size());
    const std::string_view line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    const std::size_t colon = line.find(':');
    if (line.empty()) {
      on_end();
    } else if (colon != std::string_view::npos && line.front() != ' ' && line.front() != '\t') {
      on_field(line.substr(0, colon), trim(line.substr(colon + 1)));
    }
  }
  on_end();
}

void keep_package(std::vector<Package>& packages, Package& package) {
  const bool makes_sense = !package.name.empty() && !package.version.empty() &&
                           package.name.size() <= kMaxPackageTextBytes &&
                           package.version.size() <= kMaxPackageTextBytes;
  if (makes_sense) packages.push_back(std::move(package));
  package = {};
}

// Distroless images have a file for each package, without a status.
std::vector<Package> read_dpkg(std::string_view content) {
  std::vector<Package> packages;
  Package package;
  bool installed = true;
  read_stanzas(
      content,
      [&](std::string_view key, std::string_view value) {
        if (key == "Package") package.name = value;
        if (key == "Version") package.version = value;
        if (key == "Status") installed = value.ends_with(" installed");
      },
      [&] {
        if (!installed) package = {};
        keep_package(packages, package);
        installed = true;
      });
  return packages;
}

std::vector<Package> read_apk(std::string_view content) {
  std::vector<Package> packages;
  Package package;
  read_stanzas(
      content,
      [&](std::string_view key, std::string_view value) {
        if (key == "P") package.name = value;
        if (key == "V") package.version = value;
      },
      [&] { keep_package(packages, package); });
  return packages;
}

void put_text(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out.append(text);
}

void put_number(std::string& out, std::uint32_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::uint32_t take_number(std::string_view& bytes) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

std::string take_text(std::string_view& bytes) {
  const std::uint32_t size = take_number(bytes);
  std::string text(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return text;
}

}  // namespace

std::string_view package_kind_name(PackageKind kind) {
  return kind == PackageKind::kDpkg ? "dpkg" : "apk";
}

std::optional<PackageKind> package_database_kind(std::string_view path) {
  constexpr std::string_view kStatusFolder = "var/lib/dpkg/status.d/";
  if (path == "var/lib/dpkg/status") return PackageKind::kDpkg;
  if (path.starts_with(kStatusFolder) && !path.ends_with(".md5sums")) return PackageKind::kDpkg;
  if (path == "lib/apk/db/installed" || path == "usr/lib/apk/db/installed") {
    return PackageKind::kApk;
  }
  return std::nullopt;
}

std::vector<Package> read_packages(PackageKind kind, std::string_view content) {
  auto packages = kind == PackageKind::kDpkg ? read_dpkg(content) : read_apk(content);
  std::sort(packages.begin(), packages.end());
  return packages;
}

std::string write_package_databases(const std::vector<PackageDatabase>& databases) {
  std::string out;
  for (const PackageDatabase& database : databases) {
    put_number(out, static_cast<std::uint32_t>(database.kind));
    put_text(out, database.path);
    put_number(out, static_cast<std::uint32_t>(database.packages.size()));
    for (const Package& package : database.packages) {
      put_text(out, package.name);
      put_text(out, package.version);
    }
  }
  return out;
}

std::vector<PackageDatabase> read_package_databases(std::string_view bytes) {
  std::vector<PackageDatabase> databases;
  while (!bytes.empty()) {
    PackageDatabase database;
    database.kind = static_cast<PackageKind>(take_number(bytes));
    database.path = take_text(bytes);
    const std::uint32_t count = take_number(bytes);
    for (std::uint32_t i = 0; i < count; ++i) {
      Package package;
      package.name = take_text(bytes);
      package.version = take_text(bytes);
      database.packages.push_back(std::move(package));
    }
    databases.push_back(std::move(database));
  }
  return databases;
}

}  // namespace estiba::archive
