#include "archive/whiteout.h"

#include <fmt/format.h>

#include "archive/layer_path.h"
#include "base/error.h"

namespace estiba::archive {
namespace {

constexpr std::string_view kMetadataPrefix = ".wh..wh.";

// A component anywhere that starts as aufs's bookkeeping does.
bool is_metadata(std::string_view path) {
  for (std::size_t at = path.find(kMetadataPrefix); at != std::string_view::npos;
       at = path.find(kMetadataPrefix, at + 1)) {
    if (at == 0 || path[at - 1] == '/') return true;
  }
  return false;
}

}  // namespace

Whiteout classify_whiteout(std::string_view path) {
  const auto [directory, name] = split_parent(path);
  if (is_metadata(path)) {
    if (name == kOpaqueMarker && !is_metadata(directory)) {
      return {.kind = WhiteoutKind::kOpaque, .path = std::string(directory)};
    }
    return {.kind = WhiteoutKind::kMetadata, .path = {}};
  }
  if (!name.starts_with(kWhiteoutPrefix)) {
    return {.kind = WhiteoutKind::kOrdinary, .path = std::string(path)};
  }
  const std::string_view removed = name.substr(kWhiteoutPrefix.size());
  if (removed.empty() || removed == "." || removed == "..") {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the layer has the whiteout {:?}, which removes nothing", path));
  }
  return {.kind = WhiteoutKind::kRemoves, .path = join_path(directory, removed)};
}

std::string whiteout_path(std::string_view path) {
  const auto [directory, name] = split_parent(path);
  return join_path(directory, fmt::format("{}{}", kWhiteoutPrefix, name));
}

std::string opaque_path(std::string_view directory) {
  return join_path(directory, kOpaqueMarker);
}

void refuse_whiteout_name(std::string_view path) {
  if (!split_parent(path).name.starts_with(kWhiteoutPrefix)) return;
  throw Error(ErrorCode::kUnsupported, fmt::format("no image can hold the file {:?}", path),
              "in a layer a name that begins with \".wh.\" says that a file is gone");
}

bool is_layer_xattr(std::string_view name) {
  if (name.find('=') != std::string_view::npos) return false;
  if (name.starts_with("user.")) return !name.starts_with("user.overlay.");
  return name == "security.capability" || name == "system.posix_acl_access" ||
         name == "system.posix_acl_default";
}

}  // namespace estiba::archive
