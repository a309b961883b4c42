// How a layer says that something of the layers below is gone (OCI image specification, layer.md,
// "Whiteouts").
#pragma once

#include <string>
#include <string_view>

namespace estiba::archive {

inline constexpr std::string_view kWhiteoutPrefix = ".wh.";
inline constexpr std::string_view kOpaqueMarker = ".wh..wh..opq";
// Overlay's own mark of a directory that hides all below it.
inline constexpr std::string_view kOverlayOpaqueXattr = "trusted.overlay.opaque";

enum class WhiteoutKind {
  kOrdinary,  // no whiteout
  kRemoves,   // `path` is gone from the layers below
  kOpaque,    // all below the directory `path` is gone from the layers below
  kMetadata,  // aufs's own bookkeeping (".wh..wh.plnk"), meaningless here
};

struct Whiteout {
  WhiteoutKind kind = WhiteoutKind::kOrdinary;
  std::string path;  // what it is about; empty for kMetadata
};

// `path` in the form of TarEntry::path. Throws kInvalidArgument for ".wh.", ".wh.." and ".wh...",
// which name nothing that could be removed.
[[nodiscard]] Whiteout classify_whiteout(std::string_view path);

// The layer's name for the removal of `path`: "a/.wh.b" for "a/b".
[[nodiscard]] std::string whiteout_path(std::string_view path);
// "a/.wh..wh..opq" for the directory "a".
[[nodiscard]] std::string opaque_path(std::string_view directory);

// For whoever writes a layer of files: throws kUnsupported for a file that would be a whiteout in
// it.
void refuse_whiteout_name(std::string_view path);

// The extended attributes that belong to an image: user.* and security.capability and POSIX access
// control lists. What belongs to the host (security.selinux, trusted.*) or to overlay stays out,
// whether it comes from a file or from a stranger's layer.
[[nodiscard]] bool is_layer_xattr(std::string_view name);

}  // namespace estiba::archive
