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
#include "fs/kernel.h"
#include "fs/root_dir.h"
#include "fs/tree.h"
#include "run/copy_tree.h"
#include "run/volume_sources.h"

namespace estiba::run {
namespace {

constexpr std::array<std::string_view, 6> kPropagations = {"rprivate", "private", "rshared",
                                                           "shared",   "rslave",  "slave"};

// What asks for nothing that would not be so: z and Z relabel for SELinux, which containers here do
// not use; the rest is about Macs.
constexpr std::array<std::string_view, 7> kAccepted = {"rw",        "z",          "Z",   "cached",
                                                       "delegated", "consistent", "copy"};

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
  } else if (option == "U") {
    request.change_owner = true;
  } else if (std::ranges::find(kAccepted, option) == kAccepted.end()) {
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

std::string prepare_volume(const VolumePlaces& places, const VolumeRequest& request,
                           VolumeSources& sources) {
  std::string data = data_directory(places.volumes_directory, request.source);
  make_directories(data);
  if (!request.subpath.empty()) return sources.part_of(data, request.subpath);
  if (request.copy_from_image) populate(data, places.root_directory, request.destination);
  return data;
}

std::string prepare_bind(const VolumeRequest& request, VolumeSources& sources) {
  if (!path_exists(request.source)) make_directories(request.source);
  if (request.propagation.ends_with("private")) {
    const bool is_alone = request.recursion == BindRecursion::kDisabled;
    return is_alone ? sources.alone(request.source) : request.source;
  }
  const bool is_shared = request.propagation.ends_with("shared");
  return sources.of_host(request.source,
                         is_shared ? fs::Propagation::kShared : fs::Propagation::kSlave);
}

std::string prepare_source(const VolumePlaces& places, const VolumeRequest& request,
                           VolumeSources& sources) {
  if (request.kind == VolumeKind::kBind) return prepare_bind(request, sources);
  if (request.kind != VolumeKind::kImage) return prepare_volume(places, request, sources);
  std::string root = sources.image(request.source);
  return request.subpath.empty() ? root : sources.part_of(root, request.subpath);
}

void check_recursion(const VolumeRequest& request) {
  if (request.recursion != BindRecursion::kReadOnly || fs::kernel_at_least(5, 12)) return;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("mount {}: the kernel cannot make what is mounted below read-only, too",
                          request.destination),
              "leave bind-recursive=readonly out, or use Linux 5.12 or newer");
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
  std::set<std::string> destinations;
  for (VolumeRequest& request : requests) {
    if (request.kind == VolumeKind::kAnonymous) request.source = random_hex(32);
    if (destinations.insert(request.destination).second) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("Duplicate mount point: {}", request.destination));
  }
  return requests;
}

std::vector<VolumeRequest> volumes_of_another(const std::vector<VolumeRequest>& requests,
                                              std::string_view text) {
  if (!text.empty() && text != "ro" && text != "rw" && text != "z" && text != "Z") {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("invalid mode for volumes-from: {}", text));
  }
  std::vector<VolumeRequest> taken = requests;
  for (VolumeRequest& request : taken) {
    if (request.kind == VolumeKind::kAnonymous) request.kind = VolumeKind::kNamed;
    if (text == "ro") request.read_only = true;
  }
  return taken;
}

void make_volumes(const std::string& volumes_directory,
                  const std::vector<VolumeRequest>& requests) {
  for (const VolumeRequest& request : requests) {
    if (request.kind != VolumeKind::kNamed && request.kind != VolumeKind::kAnonymous) continue;
    make_directories(data_directory(volumes_directory, request.source));
  }
}

std::vector<BindMount> prepare_volumes(const VolumePlaces& places,
                                       const std::vector<VolumeRequest>& requests,
                                       VolumeSources& sources) {
  std::vector<BindMount> mounts;
  for (const VolumeRequest& request : requests) {
    check_recursion(request);
    mounts.push_back({.source = prepare_source(places, request, sources),
                      .destination = request.destination,
                      .read_only = request.read_only || request.kind == VolumeKind::kImage,
                      .recursive = request.recursion != BindRecursion::kDisabled,
                      .read_only_below = request.recursion != BindRecursion::kWritable,
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
