#include "run/volumes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "fs/root_dir.h"
#include "fs/tree.h"
#include "run/copy_tree.h"

namespace estiba::run {
namespace {

constexpr std::array<std::string_view, 6> kPropagations = {"rprivate", "private", "rshared",
                                                           "shared",   "rslave",  "slave"};

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("invalid volume specification \"{}\": {}", text, why));
}

// Without ".", ".." and doubled slashes.
std::string clean_path(std::string_view path) {
  std::string clean = std::filesystem::path(path).lexically_normal();
  while (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  return clean;
}

std::string clean_destination(std::string_view text, std::string_view destination) {
  if (!destination.starts_with('/')) refuse(text, "the path in the container must be absolute");
  std::string clean = clean_path(destination);
  if (clean == "/") refuse(text, "the root of the container cannot be a volume");
  return clean;
}

void set_source(VolumeRequest& request, std::string_view text, std::string_view source) {
  if (source.empty()) refuse(text, "the source is empty");
  if (source.starts_with('/') || source.starts_with('.')) {
    request.kind = VolumeKind::kBind;
    request.source = clean_path(std::filesystem::absolute(source).native());
    return;
  }
  if (!is_volume_name(source)) {
    refuse(text, fmt::format("\"{}\" is neither an absolute path nor a volume's name", source));
  }
  request.kind = VolumeKind::kNamed;
  request.source = source;
}

void set_option(VolumeRequest& request, std::string_view text, const std::string& option) {
  if (option == "ro" || option == "readonly") {
    request.read_only = true;
  } else if (option == "nocopy") {
    request.copy_from_image = false;
  } else if (std::ranges::find(kPropagations, option) != kPropagations.end()) {
    request.propagation = option;
  } else if (option != "rw" && option != "z" && option != "Z") {
    // z and Z relabel for SELinux, which containers here do not use.
    refuse(text, fmt::format("invalid mode: {}", option));
  }
}

std::string data_directory(const std::string& volumes_directory, const std::string& name) {
  return fmt::format("{}/{}/_data", volumes_directory, name);
}

bool is_empty_directory(int fd) {
  return fs::list_directory(fd).empty();
}

// The image's content at the destination becomes the volume's, once.
void populate(const std::string& data, const std::string& root_directory,
              const std::string& destination) {
  const fs::RootDir root = fs::RootDir::open(root_directory);
  const auto from = root.try_open(destination, O_RDONLY | O_DIRECTORY);
  if (!from) return;
  const UniqueFd to = open_file(data, O_RDONLY | O_DIRECTORY);
  if (is_empty_directory(to.get())) copy_tree(from->get(), to.get());
}

std::string prepare_source(const std::string& volumes_directory, const std::string& root_directory,
                           const VolumeRequest& request) {
  if (request.kind == VolumeKind::kBind) {
    if (!path_exists(request.source)) make_directories(request.source);
    return request.source;
  }
  std::string data = data_directory(volumes_directory, request.source);
  make_directories(data);
  if (request.copy_from_image) populate(data, root_directory, request.destination);
  return data;
}

}  // namespace

bool is_volume_name(std::string_view name) {
  const auto is_word = [](unsigned char letter) { return std::isalnum(letter) != 0; };
  return name.size() >= 2 && is_word(static_cast<unsigned char>(name.front())) &&
         std::ranges::all_of(name, [&](char letter) {
           return is_word(static_cast<unsigned char>(letter)) || letter == '_' || letter == '.' ||
                  letter == '-';
         });
}

VolumeRequest parse_volume(std::string_view text) {
  const std::vector<std::string> parts = split(text, ':');
  VolumeRequest request;
  if (parts.size() > 3) refuse(text, "too many colons");
  if (parts.size() == 1) {
    request.kind = VolumeKind::kAnonymous;
    request.destination = clean_destination(text, parts[0]);
    return request;
  }
  set_source(request, text, parts[0]);
  request.destination = clean_destination(text, parts[1]);
  if (parts.size() == 3) {
    for (const std::string& option : split(parts[2], ',')) set_option(request, text, option);
  }
  return request;
}

std::vector<VolumeRequest> with_named_volumes(std::vector<VolumeRequest> requests,
                                              const std::set<std::string>& declared) {
  for (const std::string& path : declared) {
    if (!path.starts_with('/') || clean_path(path) == "/") continue;
    VolumeRequest request;
    request.kind = VolumeKind::kAnonymous;
    request.destination = clean_path(path);
    const auto has_destination = [&](const VolumeRequest& other) {
      return other.destination == request.destination;
    };
    if (std::ranges::none_of(requests, has_destination)) requests.push_back(request);
  }
  for (VolumeRequest& request : requests) {
    if (request.kind == VolumeKind::kAnonymous) request.source = random_hex(32);
  }
  return requests;
}

std::vector<BindMount> prepare_volumes(const std::string& volumes_directory,
                                       const std::string& root_directory,
                                       const std::vector<VolumeRequest>& requests) {
  std::vector<BindMount> mounts;
  for (const VolumeRequest& request : requests) {
    mounts.push_back({.source = prepare_source(volumes_directory, root_directory, request),
                      .destination = request.destination,
                      .read_only = request.read_only,
                      .propagation = request.propagation});
  }
  // Outer before inner, so that none hides another.
  std::ranges::stable_sort(mounts, {}, [](const BindMount& mount) {
    return std::ranges::count(mount.destination, '/');
  });
  return mounts;
}

void remove_volume(const std::string& volumes_directory, const std::string& name) {
  if (!is_volume_name(name)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no volume's name", name));
  }
  fs::remove_tree(fmt::format("{}/{}", volumes_directory, name));
}

}  // namespace estiba::run
