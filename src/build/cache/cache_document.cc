#include "build/cache/cache_document.h"

#include "base/error.h"
#include "build/limits.h"
#include "oci/image_config.h"
#include "oci/json_document.h"

namespace estiba::build {
namespace {

std::optional<Digest> optional_digest(const JsonField& field) {
  if (!field.present()) return std::nullopt;
  return Digest::parse(field.string());
}

CachedStep parse_cached_step(const JsonField& field) {
  CachedStep step{.keys = {},
                  .diff_id = optional_digest(field["diffID"]),
                  .layer = {},
                  .created = parse_rfc3339(field["created"].string()),
                  .description = field["description"].string()};
  for (const std::string& key : field["keys"].strings()) step.keys.push_back(Digest::parse(key));
  if (field["layer"].present()) step.layer = field["layer"].size();
  return step;
}

}  // namespace

std::string serialize_cached_steps(const std::vector<CachedStep>& steps) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CachedStep& step : steps) {
    nlohmann::ordered_json json;
    for (const Digest& key : step.keys) json["keys"].push_back(key.to_string());
    if (step.diff_id) json["diffID"] = step.diff_id->to_string();
    if (step.layer) json["layer"] = *step.layer;
    json["created"] = format_rfc3339(step.created);
    json["description"] = step.description;
    list.push_back(std::move(json));
  }
  return dump_json({{"version", 1}, {"steps", std::move(list)}});
}

std::vector<CachedStep> parse_cached_steps(std::string_view bytes) {
  const nlohmann::json json = parse_json(bytes, kMaxCacheDocumentBytes, "build cache");
  const JsonField document(json, "build cache");
  if (document["rootfs"].present()) {
    const std::string inside = document[ImageConfig::kBuildCacheField].string();
    return inside.empty() ? std::vector<CachedStep>() : parse_cached_steps(inside);
  }
  if (document["version"].size() != 1) document.fail("is of a version that is not known here");
  std::vector<CachedStep> steps;
  for (const JsonField& step : document["steps"].elements()) {
    steps.push_back(parse_cached_step(step));
  }
  return steps;
}

}  // namespace estiba::build
