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

VolumeRequest volume_request(const std::string& type, Fields& fields, std::string_view text) {
  const std::string source = take_field(fields, "source");
  const std::string target = take_field(fields, "target");
  if (target.empty()) refuse_mount(text, "the target is missing");
  VolumeRequest request;
  if (source.empty()) {
    if (type == "bind") refuse_mount(text, "the source is missing");
    request = parse_volume(target);
  } else {
    request = parse_volume(source + ":" + target);
  }
  const bool is_bind = request.kind == VolumeKind::kBind;
  if (is_bind != (type == "bind")) refuse_mount(text, "the source does not fit the type");
  // Unlike -v, which makes it.
  if (is_bind && !path_exists(request.source)) {
    refuse_mount(text, "bind source path does not exist: " + request.source);
  }
  request.read_only = take_flag(fields, "readonly", text);
  if (is_bind) {
    const std::string propagation = take_field(fields, "propagation");
    if (!propagation.empty()) {
      request.propagation = parse_volume(source + ":" + target + ":" + propagation).propagation;
    }
  } else {
    request.copy_from_image = !take_flag(fields, "volume-nocopy", text);
  }
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
  } else {
    refuse_mount(text, "the type is bind, volume or tmpfs");
  }
  if (!fields.empty()) {
    refuse_mount(text, fmt::format("unexpected key '{}' for a {}", fields.begin()->first, type));
  }
}

}  // namespace estiba::run
