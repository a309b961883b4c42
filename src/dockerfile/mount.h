// The options of RUN --mount and RUN --device.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace estiba::dockerfile {

enum class MountType { kBind, kCache, kTmpfs, kSecret, kSsh };
enum class MountSharing { kShared, kPrivate, kLocked };

// Before expand() only `text` and `from` are known: the values may hold variables, but the stages
// that a mount needs must be known beforehand, so `from` may not.
struct Mount {
  std::string text;  // as written: "type=cache,target=/root/.cache"
  MountType type = MountType::kBind;
  std::string from;    // stage, image or named context; empty: the build context
  std::string source;  // a path in `from`, or the ID of a secret
  std::string target;
  std::string id;                                 // of a cache, secret or SSH agent
  bool read_only = true;                          // defaults to false for caches and tmpfs
  bool required = false;                          // secret, ssh: fail when it is not given
  std::optional<std::uint64_t> size_limit_bytes;  // tmpfs
  std::optional<MountSharing> sharing;            // cache
  std::optional<std::string> environment;         // secret: the variable that gets it; may be empty
  std::optional<std::uint32_t> mode;              // secret, ssh, cache
  std::optional<std::uint32_t> user_id;
  std::optional<std::uint32_t> group_id;
  friend bool operator==(const Mount&, const Mount&) = default;
};

struct Device {
  std::string name;  // CDI: "vendor.com/class=device"
  bool required = false;
  friend bool operator==(const Device&, const Device&) = default;
};

using WordExpander = std::function<std::string(std::string_view)>;

// Checks what can be known without variables. Throws kInvalidArgument.
[[nodiscard]] Mount outline_mount(std::string_view text);
// The whole mount, each value passed through `expand_value`. Throws kInvalidArgument.
[[nodiscard]] Mount parse_mount(std::string_view text, const WordExpander& expand_value);
[[nodiscard]] Device parse_device(std::string_view text);
[[nodiscard]] std::string_view mount_type_name(MountType type);

}  // namespace estiba::dockerfile
