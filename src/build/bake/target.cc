#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "build/bake/definition.h"

namespace estiba::build::bake {
namespace {

enum class KeyKind {
  kText,
  kBool,
  kTexts,    // a list of strings
  kRecords,  // a list of "key=value,..." or of maps that say the same
  kMap,      // of strings
};

struct KnownKey {
  std::string_view name;
  KeyKind kind;
  bool grows = false;  // a later value is added, not taken instead
};

constexpr KnownKey kKnownKeys[] = {
    {"annotations", KeyKind::kTexts, true},
    {"args", KeyKind::kMap, true},
    {"attest", KeyKind::kRecords, true},
    {"cache-from", KeyKind::kRecords, true},
    {"cache-to", KeyKind::kRecords},
    {"call", KeyKind::kText},
    {"context", KeyKind::kText},
    {"contexts", KeyKind::kMap, true},
    {"dockerfile", KeyKind::kText},
    {"dockerfile-inline", KeyKind::kText},
    {"entitlements", KeyKind::kTexts, true},
    {"extra-hosts", KeyKind::kMap, true},
    {"labels", KeyKind::kMap, true},
    {"network", KeyKind::kText},
    {"no-cache", KeyKind::kBool},
    {"no-cache-filter", KeyKind::kTexts},
    {"output", KeyKind::kRecords},
    {"platforms", KeyKind::kTexts},
    {"pull", KeyKind::kBool},
    {"secret", KeyKind::kRecords, true},
    {"shm-size", KeyKind::kText},
    {"ssh", KeyKind::kRecords, true},
    {"tags", KeyKind::kTexts},
    {"target", KeyKind::kText},
    {"ulimits", KeyKind::kTexts, true},
};

const KnownKey& known_key(std::string_view name) {
  const auto* found = std::ranges::find(kKnownKeys, name, &KnownKey::name);
  if (found != std::end(kKnownKeys)) return *found;
  std::vector<std::string> names;
  for (const KnownKey& key : kKnownKeys) names.emplace_back(key.name);
  const std::string near = nearest_word(std::string(name), names);
  throw Error(
      ErrorCode::kInvalidArgument, fmt::format("a target has no key \"{}\"", name),
      near.empty() ? "known are " + join(names, ", ") : fmt::format("did you mean \"{}\"?", near));
}

// {type = "registry", ref = "x"} as "type=registry,ref=x"; a key's list as its paths.
std::string record_text(std::string_view key, const Value& value) {
  const Map* map = value.map();
  if (map == nullptr) return to_text(value);
  if (key == "ssh") {
    std::vector<std::string> paths;
    if (const auto found = map->find("paths"); found != map->end()) {
      for (const Value& path : to_list(found->second)) paths.push_back(to_text(path));
    }
    const auto id = map->find("id");
    const std::string name = id == map->end() ? "default" : to_text(id->second);
    return paths.empty() ? name : name + "=" + join(paths, ",");
  }
  std::vector<std::string> words;
  if (const auto type = map->find("type"); type != map->end()) {
    words.push_back("type=" + to_text(type->second));
  }
  for (const auto& [name, element] : *map) {
    if (name == "type" || element.null()) continue;
    const std::string word = name + "=" + to_text(element);
    const bool plain = word.find_first_of(",\"") == std::string::npos;
    std::string quoted = "\"";
    for (const char c : word) quoted.append(c == '"' ? 2 : 1, c);
    words.push_back(plain ? word : quoted + "\"");
  }
  return join(words, ",");
}

}  // namespace

std::optional<Value> normalized(std::string_view key, const Value& value) {
  const KnownKey& known = known_key(key);
  if (value.null()) return std::nullopt;
  switch (known.kind) {
    case KeyKind::kText:
      return Value{to_text(value)};
    case KeyKind::kBool:
      return Value{to_boolean(value)};
    case KeyKind::kTexts:
    case KeyKind::kRecords: {
      List texts;
      for (const Value& element : to_list(value)) {
        if (element.null()) continue;
        texts.push_back(
            {known.kind == KeyKind::kRecords ? record_text(key, element) : to_text(element)});
      }
      return Value{std::move(texts)};
    }
    case KeyKind::kMap: {
      if (value.map() == nullptr) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("{} where a map is needed", kind_of(value)));
      }
      Map texts;
      for (const auto& [name, element] : *value.map()) {
        if (!element.null()) texts.insert_or_assign(name, Value{to_text(element)});
      }
      return Value{std::move(texts)};
    }
  }
  return std::nullopt;
}

bool is_map_key(std::string_view key) {
  return known_key(key).kind == KeyKind::kMap;
}
bool is_bool_key(std::string_view key) {
  return known_key(key).kind == KeyKind::kBool;
}
bool is_list_key(std::string_view key) {
  const KeyKind kind = known_key(key).kind;
  return kind == KeyKind::kTexts || kind == KeyKind::kRecords;
}

bool is_target_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

void Target::merge(const Target& later) {
  if (!later.description.empty()) description = later.description;
  inherits.insert(inherits.end(), later.inherits.begin(), later.inherits.end());
  for (const auto& [key, value] : later.attributes) {
    auto [place, is_new] = attributes.try_emplace(key, value);
    if (is_new) continue;
    if (!known_key(key).grows) {
      place->second = value;
    } else if (const Map* map = value.map()) {
      for (const auto& [entry, element] : *map) {
        std::get<Map>(place->second.is).insert_or_assign(entry, element);
      }
    } else {
      List& all = std::get<List>(place->second.is);
      for (const Value& element : *value.list()) {
        if (std::ranges::find(all, element) == all.end()) all.push_back(element);
      }
    }
  }
}

const std::string* Target::text(std::string_view key) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? nullptr : found->second.text();
}

bool Target::holds(std::string_view key) const {
  const auto found = attributes.find(key);
  return found != attributes.end() && *found->second.boolean();
}

std::vector<std::string> Target::list(std::string_view key) const {
  std::vector<std::string> texts;
  const auto found = attributes.find(key);
  if (found == attributes.end()) return texts;
  for (const Value& element : *found->second.list()) texts.push_back(*element.text());
  return texts;
}

std::map<std::string, std::string> Target::map(std::string_view key) const {
  std::map<std::string, std::string> texts;
  const auto found = attributes.find(key);
  if (found == attributes.end()) return texts;
  for (const auto& [entry, element] : *found->second.map()) texts[entry] = *element.text();
  return texts;
}

void Definition::add(const Target& target) {
  const auto [place, is_new] = targets.try_emplace(target.name, target);
  if (!is_new) place->second.merge(target);
}

void Definition::add(const std::string& name, const Group& group) {
  Group& all = groups[name];
  if (!group.description.empty()) all.description = group.description;
  for (const std::string& target : group.targets) {
    if (std::ranges::find(all.targets, target) == all.targets.end()) all.targets.push_back(target);
  }
}

}  // namespace estiba::build::bake
