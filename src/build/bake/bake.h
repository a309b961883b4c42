// From the files that define builds to the targets that somebody asks for.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/bake/definition.h"

namespace estiba::build::bake {

// By their names: .json, .yml and .yaml, else HCL; standard input and unknown names by what they
// hold. Throws PlacedError.
[[nodiscard]] Definition read_definition(const std::vector<Text>& files,
                                         const Environment& environment);

// "PATTERN.KEY=VALUE", "PATTERN.KEY.NAME=VALUE" or "PATTERN.KEY+=VALUE"; * stands for any letters.
struct Override {
  std::string pattern;
  std::string key;
  std::string entry;  // of a map
  std::string value;
  bool grows = false;
};
// Without a value an argument is the environment's. Throws kInvalidArgument.
[[nodiscard]] Override parse_override(const std::string& text, const Environment& environment);

struct Request {
  std::vector<std::string> names;  // targets and groups; empty: "default"
  std::vector<Override> overrides;
};

struct Resolved {
  std::map<std::string, Group> groups;    // those that were asked for
  std::map<std::string, Target> targets;  // with what they inherit
  // Each after those that it needs (contexts "target:NAME").
  std::vector<std::string> order;
  // Asked for themselves, not only needed by others.
  std::vector<std::string> wanted;
};
// Throws kNotFound, kInvalidArgument for circles.
[[nodiscard]] Resolved resolve(const Definition& definition, const Request& request);

// docker buildx bake --print.
[[nodiscard]] std::string print_resolved(const Resolved& resolved);

// "other" of a context "target:other".
[[nodiscard]] std::optional<std::string> needed_target(std::string_view context);

}  // namespace estiba::build::bake
