#include "run/mount_option.h"

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "run/host_options.h"

namespace estiba::run {
namespace {

[[noreturn]] void refuse_mount(std::string_view text, std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("invalid argument \"{}\" for \"--mount\": {}", text, why));
}

// The names that docker and podman have for one thing.
std::string canonical_key(const std::string& key) {
  if (key == "src") return "source";
  if (key == "dst" || key == "destination") return "target";
  if (key == "ro") return "readonly";
  if (key == "bind-propagation") return "propagation";
  if (key == "u") return "chown";
  return key;
}

using Fields = std::map<std::string, std::string>;

Fields parse_fields(std::string_view text) {
  Fields fields;
  for (const std::string& part : split(text, ',')) {
    const std::size_t equals = part.find('=');
    const std::string key = canonical_key(to_lower(part.substr(0, equals)));
    const std::string value = equals == std::string::npos ? "true" : part.substr(equals + 1);
    if (!fields.emplace(key, value).second) refuse_mount(text, "\"" + key + "\" is given twice");
  }
  return fields;
}

std::string take_field(Fields& fields, const std::string& key) {
  const auto found = fields.find(key);
  if (found == fields.end()) return {};
  std::string value = std::move(found->second);
  fields.erase(found);
  return value;
}

bool take_flag(Fields& fields, const std::string& key, std::string_view text) {
  const std::string value = take_field(fields, key);
  if (value.empty() || value == "false" || value == "0") return false;
  if (value != "true" && value != "1") refuse_mount(text, "\"" + key + "\" is true or false");
  return true;
}

// docker's bind-recursive, and bind-nonrecursive before it.
BindRecursion take_recursion(Fields& fields, std::string_view text) {
  const std::string word = take_field(fields, "bind-recursive");
  const bool is_flat = take_flag(fields, "bind-nonrecursive", text);
  if (word == "disabled" || (word.empty() && is_flat)) return BindRecursion::kDisabled;
  if (word.empty() || word == "enabled") return BindRecursion::kEnabled;
  if (word == "writable") return BindRecursion::kWritable;
  if (word == "readonly") return BindRecursion::kReadOnly;
  refuse_mount(text, "bind-recursive is enabled, disabled, writable or readonly");
}

void set_bind(VolumeRequest& request, Fields& fields, std::string_view text) {
  // Unlike -v, which makes it.
  if (!path_exists(request.source)) {
    refuse_mount(text, "bind source path does not exist: " + request.source);
  }
  request.recursion = take_recursion(fields, text);
  if (request.recursion == BindRecursion::kReadOnly && !request.read_only) {
    refuse_mount(text, "option 'bind-recursive=readonly' requires 'readonly' to be specified");
  }
  const std::string propagation = take_field(fields, "propagation");
  if (propagation.empty()) return;
  request.propagation =
      parse_volume(request.source + ":" + request.destination + ":" + propagation).propagation;
}

void set_volume(VolumeRequest& request, Fields& fields, std::string_view text) {
  request.copy_from_image = !take_flag(fields, "volume-nocopy", text);
  request.subpath = take_field(fields, "volume-subpath");
  const std::string driver = take_field(fields, "volume-driver");
  if (!driver.empty() && driver != "local") {
    refuse_mount(text, "there is no volume driver \"" + driver + "\", only local");
  }
}

VolumeRequest volume_request(const std::string& type, Fields& fields, std::string_view text) {
  const std::string source = take_field(fields, "source");
  const std::string target = take_field(fields, "target");
  if (target.empty()) refuse_mount(text, "the target is missing");
  if (source.empty() && type == "bind") refuse_mount(text, "the source is missing");
  VolumeRequest request = parse_volume(source.empty() ? target : source + ":" + target);
  const bool is_bind = request.kind == VolumeKind::kBind;
  if (is_bind != (type == "bind")) refuse_mount(text, "the source does not fit the type");
  request.read_only = take_flag(fields, "readonly", text);
  request.change_owner = take_flag(fields, "chown", text);
  // What docker accepts for Macs.
  take_field(fields, "consistency");
  if (is_bind) {
    set_bind(request, fields, text);
  } else {
    set_volume(request, fields, text);
  }
  return request;
}

VolumeRequest image_request(Fields& fields, std::string_view text) {
  VolumeRequest request = parse_volume(take_field(fields, "target"));
  request.kind = VolumeKind::kImage;
  request.source = take_field(fields, "source");
  if (request.source.empty()) refuse_mount(text, "the source is missing: an image");
  request.subpath = take_field(fields, "image-subpath");
  if (request.subpath.empty()) request.subpath = take_field(fields, "subpath");
  request.read_only = true;
  take_flag(fields, "readonly", text);
  if (take_flag(fields, "rw", text)) refuse_mount(text, "an image is mounted read-only");
  return request;
}

TmpfsMount tmpfs_request(Fields& fields, std::string_view text) {
  const std::string target = take_field(fields, "target");
  if (target.empty()) refuse_mount(text, "the target is missing");
  std::string options;
  for (const char* key : {"tmpfs-size", "tmpfs-mode"}) {
    const std::string value = take_field(fields, key);
    if (!value.empty()) options += fmt::format("{}={},", key, value);
  }
  if (take_flag(fields, "readonly", text)) options += "ro,";
  return parse_tmpfs(target + ":" + options);
}

}  // namespace

void add_mount(std::string_view text, std::vector<VolumeRequest>& volumes,
               std::vector<TmpfsMount>& tmpfs_mounts) {
  Fields fields = parse_fields(text);
  const std::string given = take_field(fields, "type");
  const std::string type = given.empty() ? "volume" : given;
  if (type == "bind" || type == "volume") {
    volumes.push_back(volume_request(type, fields, text));
  } else if (type == "tmpfs") {
    tmpfs_mounts.push_back(tmpfs_request(fields, text));
  } else if (type == "image") {
    volumes.push_back(image_request(fields, text));
  } else {
    refuse_mount(text, "the type is bind, volume, tmpfs or image");
  }
  if (!fields.empty()) {
    refuse_mount(text, fmt::format("unexpected key '{}' for a {}", fields.begin()->first, type));
  }
}

}  // namespace estiba::run
