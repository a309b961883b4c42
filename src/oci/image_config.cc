#include "oci/image_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "oci/container_config_json.h"
#include "oci/json_document.h"

namespace estiba {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::optional<Timestamp> parse_time(const JsonField& field) {
  const std::string text = field.string();
  if (text.empty()) return std::nullopt;
  try {
    return parse_rfc3339(text);
  } catch (const Error& error) {
    field.fail(fmt::format("is not a time ({})", error.message()));
  }
}

std::vector<Digest> parse_diff_ids(const JsonField& root_file_system) {
  if (root_file_system.required()["type"].string() != "layers") {
    root_file_system["type"].fail("must be \"layers\"");
  }
  std::vector<Digest> result;
  for (const JsonField& element : root_file_system["diff_ids"].elements()) {
    std::optional<Digest> digest = Digest::try_parse(element.string());
    if (!digest) element.fail("is not a sha256 or sha512 digest");
    result.push_back(*std::move(digest));
  }
  return result;
}

std::vector<HistoryEntry> parse_history(const JsonField& field) {
  std::vector<HistoryEntry> result;
  for (const JsonField& entry : field.elements()) {
    result.push_back({.created = parse_time(entry["created"]),
                      .created_by = entry["created_by"].string(),
                      .author = entry["author"].string(),
                      .comment = entry["comment"].string(),
                      .empty_layer = entry["empty_layer"].boolean()});
  }
  return result;
}

// Readers walk history and layers side by side: more entries than layers would lead them astray.
void check_history(const ImageConfig& config, const JsonField& field) {
  const auto with_layer = std::count_if(config.history.begin(), config.history.end(),
                                        [](const auto& entry) { return !entry.empty_layer; });
  if (static_cast<std::size_t>(with_layer) > config.diff_ids.size()) {
    field.fail(
        fmt::format("tells of {} layers, but rootfs has {}", with_layer, config.diff_ids.size()));
  }
}

OrderedJson history_json(const HistoryEntry& entry) {
  OrderedJson json = OrderedJson::object();
  if (entry.created) json["created"] = format_rfc3339(*entry.created);
  if (!entry.created_by.empty()) json["created_by"] = entry.created_by;
  if (!entry.author.empty()) json["author"] = entry.author;
  if (!entry.comment.empty()) json["comment"] = entry.comment;
  if (entry.empty_layer) json["empty_layer"] = true;
  return json;
}

OrderedJson root_file_system_json(const std::vector<Digest>& diff_ids) {
  OrderedJson list = OrderedJson::array();
  for (const Digest& diff_id : diff_ids) list.push_back(diff_id.to_string());
  OrderedJson json;
  json["type"] = "layers";
  json["diff_ids"] = std::move(list);
  return json;
}

}  // namespace

ImageConfig ImageConfig::parse(std::string_view bytes) {
  constexpr std::string_view kWhat = "image configuration";
  const nlohmann::json json = parse_json(bytes, kMaxImageConfigBytes, kWhat);
  const JsonField document(json, std::string(kWhat));
  ImageConfig result;
  result.created = parse_time(document["created"]);
  result.author = document["author"].string();
  result.platform.architecture = document["architecture"].string();
  if (document["os"].present()) result.platform.os = document["os"].string();
  result.platform.variant = document["variant"].string();
  result.platform.os_version = document["os.version"].string();
  result.config = parse_container_config(document["config"]);
  result.diff_ids = parse_diff_ids(document["rootfs"]);
  result.history = parse_history(document["history"]);
  check_history(result, document["history"]);
  return result;
}

std::string ImageConfig::serialize() const {
  OrderedJson json;
  if (created) json["created"] = format_rfc3339(*created);
  if (!author.empty()) json["author"] = author;
  json["architecture"] = platform.architecture;
  json["os"] = platform.os;
  if (!platform.os_version.empty()) json["os.version"] = platform.os_version;
  if (!platform.variant.empty()) json["variant"] = platform.variant;
  json["config"] = container_config_json(config);
  json["rootfs"] = root_file_system_json(diff_ids);
  if (!history.empty()) {
    OrderedJson entries = OrderedJson::array();
    for (const HistoryEntry& entry : history) entries.push_back(history_json(entry));
    json["history"] = std::move(entries);
  }
  if (!build_cache.empty()) json[kBuildCacheField] = build_cache;
  return dump_json(json);
}

}  // namespace estiba
