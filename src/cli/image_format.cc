#include "cli/image_format.h"

#include <nlohmann/json.hpp>

#include "base/time.h"

namespace estiba::cli {

using Json = nlohmann::ordered_json;

std::string describe_image(const store::Image& image, const store::ImageListing& listing) {
  Json tags = Json::array();
  for (const Reference& tag : listing.tags) tags.push_back(tag.familiar());
  Json digests = Json::array();
  for (const store::RepositoryDigest& known : listing.repository_digests) {
    digests.push_back(known.repository.familiar_name() + "@" + known.manifest.to_string());
  }
  Json layers = Json::array();
  for (const Digest& diff_id : image.config.diff_ids) layers.push_back(diff_id.to_string());

  const ImageConfig& config = image.config;
  const std::string comment = config.history.empty() ? "" : config.history.back().comment;
  Json object;
  object["Id"] = image.id.to_string();
  object["RepoTags"] = tags;
  object["RepoDigests"] = digests;
  object["Parent"] = image.parent ? image.parent->to_string() : "";
  object["Comment"] = comment;
  object["Created"] = config.created ? Json(format_rfc3339(*config.created)) : Json(nullptr);
  object["Author"] = config.author;
  object["Config"] = Json::parse(serialize_docker_config(config.config));
  object["Architecture"] = config.platform.architecture;
  if (!config.platform.variant.empty()) object["Variant"] = config.platform.variant;
  object["Os"] = config.platform.os;
  object["Size"] = image.size_bytes;
  object["VirtualSize"] = image.size_bytes;
  object["RootFS"] = {{"Type", "layers"}, {"Layers", layers}};
  return object.dump();
}

std::string printable_instruction(const HistoryEntry& entry) {
  std::string text = entry.created_by;
  for (char& c : text) {
    if (c == '\t' || c == '\n') c = ' ';
  }
  return text;
}

}  // namespace estiba::cli
