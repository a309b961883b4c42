#include <nlohmann/json.hpp>

#include "base/text.h"
#include "build/bake/bake.h"
#include "dockerfile/csv.h"

namespace estiba::build::bake {
namespace {

using Json = nlohmann::ordered_json;

// In docker's order.
constexpr std::string_view kPrintOrder[] = {"annotations", "attest",
                                            "context",     "contexts",
                                            "dockerfile",  "dockerfile-inline",
                                            "args",        "labels",
                                            "tags",        "cache-from",
                                            "cache-to",    "target",
                                            "secret",      "ssh",
                                            "platforms",   "output",
                                            "pull",        "no-cache",
                                            "network",     "no-cache-filter",
                                            "shm-size",    "ulimits",
                                            "call",        "entitlements",
                                            "extra-hosts"};

// "type=registry,ref=x" as an object; a word alone is an image's name, or a directory.
Json record_json(std::string_view key, const std::string& text) {
  if (key == "ssh") {
    const std::size_t equals = text.find('=');
    Json json{{"id", text.substr(0, equals)}};
    if (equals != std::string::npos) json["paths"] = split(text.substr(equals + 1), ',');
    return json;
  }
  std::map<std::string, std::string> words;
  for (const std::string& word : dockerfile::split_csv(text)) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) {
      words[word.substr(0, equals)] = word.substr(equals + 1);
    } else if (key == "output") {
      words["type"] = word == "-" ? "tar" : "local";
      words["dest"] = word;
    } else {
      words["type"] = "registry";
      words["ref"] = word;
    }
  }
  return words;
}

Json value_json(std::string_view key, const Value& value) {
  if (const bool* boolean = value.boolean()) return *boolean;
  if (const std::string* text = value.text()) return *text;
  if (const Map* map = value.map()) {
    Json json = Json::object();
    for (const auto& [name, element] : *map) json[name] = *element.text();
    return json;
  }
  const bool records = key == "cache-from" || key == "cache-to" || key == "output" ||
                       key == "secret" || key == "ssh" || key == "attest";
  Json json = Json::array();
  for (const Value& element : *value.list()) {
    json.push_back(records ? record_json(key, *element.text()) : Json(*element.text()));
  }
  return json;
}

bool says_nothing(const Value& value) {
  const std::string* text = value.text();
  return value.null() || (text != nullptr && text->empty()) ||
         (value.list() != nullptr && value.list()->empty()) ||
         (value.map() != nullptr && value.map()->empty());
}

}  // namespace

std::string print_resolved(const Resolved& resolved) {
  Json groups = Json::object();
  for (const auto& [name, group] : resolved.groups) {
    if (!group.description.empty()) groups[name]["description"] = group.description;
    groups[name]["targets"] = group.targets;
  }
  Json targets = Json::object();
  for (const auto& [name, target] : resolved.targets) {
    Json json = Json::object();
    if (!target.description.empty()) json["description"] = target.description;
    for (const std::string_view key : kPrintOrder) {
      const auto value = target.attributes.find(key);
      if (value == target.attributes.end() || says_nothing(value->second)) continue;
      json[std::string(key)] = value_json(key, value->second);
    }
    targets[name] = std::move(json);
  }
  // Bytes that are not UTF-8 become U+FFFD.
  return Json{{"group", std::move(groups)}, {"target", std::move(targets)}}.dump(
      2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace estiba::build::bake
