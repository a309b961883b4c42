#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "build/bake/bake.h"
#include "build/bake/limits.h"
#include "dockerfile/match.h"

namespace estiba::build::bake {
namespace {

class Resolver {
 public:
  Resolver(const Definition& definition, const Request& request)
      : definition_(definition), request_(request) {}

  Resolved resolve() {
    check_patterns();
    std::vector<std::string> names = request_.names;
    if (names.empty()) names.emplace_back("default");
    for (const std::string& name : names) {
      take(name, 0);
      if (name != "default") defaults_.push_back(name);
    }
    if (!defaults_.empty()) {
      std::ranges::sort(defaults_);
      resolved_.groups["default"].targets = defaults_;
    }
    for (const std::string& name : resolved_.wanted) put_in_order(name, 0);
    return std::move(resolved_);
  }

 private:
  [[noreturn]] void fail_to_find(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [known, target] : definition_.targets) names.push_back(known);
    for (const auto& [known, group] : definition_.groups) names.push_back(known);
    const std::string near = nearest_word(name, names);
    throw Error(ErrorCode::kNotFound, fmt::format("failed to find target {}", name),
                near.empty() ? "there are " + join(names, ", ")
                             : fmt::format("did you mean \"{}\"?", near));
  }

  static void bound(std::size_t depth, const std::string& name) {
    if (depth <= kMaxEvaluationDepth) return;
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} leads to itself, or too far", name));
  }

  // A group's targets, or the target.
  void take(const std::string& name, std::size_t depth) {
    bound(depth, "the group " + name);
    const auto group = definition_.groups.find(name);
    if (group != definition_.groups.end()) {
      if (!resolved_.groups.emplace(name, group->second).second) return;
      for (const std::string& target : group->second.targets) take(target, depth + 1);
      return;
    }
    if (!definition_.targets.contains(name)) fail_to_find(name);
    if (std::ranges::find(resolved_.wanted, name) == resolved_.wanted.end()) {
      resolved_.wanted.push_back(name);
    }
  }

  Target inherited(const std::string& name, std::size_t depth) {
    bound(depth, "what " + name + " inherits");
    if (const auto known = inherited_.find(name); known != inherited_.end()) return known->second;
    const auto found = definition_.targets.find(name);
    if (found == definition_.targets.end()) fail_to_find(name);
    Target target{.name = name};
    for (const std::string& parent : found->second.inherits) {
      const auto group = definition_.groups.find(parent);
      if (!definition_.targets.contains(parent) && group != definition_.groups.end()) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("{} inherits {}, which is a group", name, parent));
      }
      target.merge(inherited(parent, depth + 1));
    }
    target.merge(found->second);
    target.description = found->second.description;
    target.inherits.clear();
    inherited_.emplace(name, target);
    return target;
  }

  static bool matches(const std::string& pattern, const std::string& name) {
    return pattern == name || dockerfile::match_path(pattern, name);
  }

  void check_patterns() const {
    for (const Override& wanted : request_.overrides) {
      const bool any = std::ranges::any_of(definition_.targets, [&](const auto& entry) {
        return matches(wanted.pattern, entry.first);
      });
      if (!any) {
        throw Error(ErrorCode::kNotFound,
                    fmt::format("could not find any target matching '{}'", wanted.pattern));
      }
    }
  }

  // Several of one list key are the list's elements.
  void apply_overrides(Target& target) const {
    std::set<std::string> begun;
    for (const Override& wanted : request_.overrides) {
      if (!matches(wanted.pattern, target.name)) continue;
      if (is_map_key(wanted.key)) {
        Value& value = target.attributes[wanted.key];
        if (value.null()) value = Value{Map{}};
        std::get<Map>(value.is).insert_or_assign(wanted.entry, Value{wanted.value});
      } else if (is_list_key(wanted.key)) {
        Value& value = target.attributes[wanted.key];
        if ((!wanted.grows && begun.insert(wanted.key).second) || value.null())
          value = Value{List{}};
        if (!wanted.value.empty()) std::get<List>(value.is).push_back({wanted.value});
      } else {
        target.attributes[wanted.key] = normalized(wanted.key, {wanted.value}).value_or(Value{});
      }
    }
  }

  // Depth first: what is needed before what needs it.
  void put_in_order(const std::string& name, std::size_t depth) {
    if (std::ranges::find(resolved_.order, name) != resolved_.order.end()) return;
    bound(depth, "the target " + name);
    if (resolved_.order.size() >= kMaxTargets) {
      throw Error(ErrorCode::kResourceExhausted, fmt::format("more than {} targets", kMaxTargets));
    }
    Target target{.name = name};
    target.attributes["context"] = Value{std::string(".")};
    target.attributes["dockerfile"] = Value{std::string("Dockerfile")};
    target.merge(inherited(name, 0));
    apply_overrides(target);
    if (!in_progress_.insert(name).second) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the target {} needs itself by its contexts", name));
    }
    for (const auto& [context, source] : target.map("contexts")) {
      if (const auto needed = needed_target(source)) put_in_order(*needed, depth + 1);
    }
    in_progress_.erase(name);
    resolved_.order.push_back(name);
    resolved_.targets.emplace(name, std::move(target));
  }

  const Definition& definition_;
  const Request& request_;
  Resolved resolved_;
  std::vector<std::string> defaults_;
  std::map<std::string, Target> inherited_;
  std::set<std::string> in_progress_;
};

// Other names of keys in --set.
std::string override_key(const std::string& word) {
  if (word == "platform") return "platforms";
  if (word == "tag") return "tags";
  if (word == "secrets") return "secret";
  if (word == "attestations") return "attest";
  return word;
}

}  // namespace

Override parse_override(const std::string& text, const Environment& environment) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid override \"{}\": {}", text, why),
                "write TARGET.KEY=VALUE, as in app.args.VERSION=2 or *.platform=linux/arm64");
  };
  const std::size_t equals = text.find('=');
  std::string left = text.substr(0, equals);
  Override result;
  if (equals != std::string::npos && left.ends_with('+')) {
    result.grows = true;
    left.pop_back();
  }
  const std::size_t dot = left.find('.');
  if (dot == std::string::npos || dot == 0) refuse("no target and key before =");
  result.pattern = left.substr(0, dot);
  std::string key = left.substr(dot + 1);
  const std::size_t second = key.find('.');
  if (second != std::string::npos) {
    result.entry = key.substr(second + 1);
    key.resize(second);
  }
  result.key = override_key(key);
  if (result.key == "push" || result.key == "load") {
    if (equals == std::string::npos) refuse("no value");
    result.entry = result.key;
    result.key = "output";
    const bool wanted = to_boolean({text.substr(equals + 1)});
    result.value = !wanted ? "" : result.entry == "push" ? "type=registry" : "type=docker";
    return result;
  }
  if (is_map_key(result.key) == result.entry.empty()) {
    refuse(result.entry.empty() ? "the entry's name is missing" : "the key has no entries");
  }
  if (equals != std::string::npos) {
    result.value = text.substr(equals + 1);
  } else {
    const auto value = is_map_key(result.key) ? environment(result.entry) : std::nullopt;
    if (!value) refuse("no value");
    result.value = *value;
  }
  return result;
}

std::optional<std::string> needed_target(std::string_view context) {
  constexpr std::string_view kTarget = "target:";
  if (!context.starts_with(kTarget)) return std::nullopt;
  return std::string(context.substr(kTarget.size()));
}

Resolved resolve(const Definition& definition, const Request& request) {
  return Resolver(definition, request).resolve();
}

}  // namespace estiba::build::bake
