// What a definition defines: targets and groups of them, ready to be asked for.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/bake/syntax.h"
#include "build/bake/value.h"

namespace estiba::build::bake {

// What a target says, by HCL's names of its keys. Values are of the kinds that `normalized` gives:
// strings, bools, lists of strings, maps of strings.
struct Target {
  std::string name;
  std::string description{};
  std::vector<std::string> inherits{};
  Map attributes{};

  // What `later` says counts: instead of, or with lists and maps that grow besides, what this says.
  void merge(const Target& later);
  [[nodiscard]] const std::string* text(std::string_view key) const;
  [[nodiscard]] bool holds(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;
  [[nodiscard]] std::map<std::string, std::string> map(std::string_view key) const;
};

struct Group {
  std::string description{};
  std::vector<std::string> targets{};
};

struct Variable {
  std::string name;
  std::optional<std::string> value;  // nothing for null
  std::string description;
};

struct Definition {
  std::map<std::string, Group> groups{};
  std::map<std::string, Target> targets{};
  std::vector<Variable> variables{};

  void add(const Target& target);
  void add(const std::string& name, const Group& group);
};

// Of the process, and of .env for compose files.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// A value as its key takes it; nothing for null. Throws kInvalidArgument: the key is unknown, or
// takes another kind.
[[nodiscard]] std::optional<Value> normalized(std::string_view key, const Value& value);
// Whether the key's value is a map: then "KEY.NAME" is one of its entries.
[[nodiscard]] bool is_map_key(std::string_view key);
[[nodiscard]] bool is_list_key(std::string_view key);
[[nodiscard]] bool is_bool_key(std::string_view key);

// Letters, digits, _ and -.
[[nodiscard]] bool is_target_name(std::string_view name);

// All HCL and JSON files of a call share variables and functions.
void read_blocks(const std::vector<Block>& files, const Environment& environment,
                 Definition& definition);
// The services of a compose file that are built.
void read_compose(const Text& text, const Environment& environment, Definition& definition);

}  // namespace estiba::build::bake
