// The build sections of compose files. YAML is read by a library, which stays in this file.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "build/bake/definition.h"
#include "build/bake/interpolate.h"
#include "build/bake/limits.h"

namespace estiba::build::bake {
namespace {

// A node, and where it stands.
struct Node {
  YAML::Node yaml;
  Place place;
};

// Keys of `build` that mean what a target's key of another, or the same, name means.
constexpr std::pair<std::string_view, std::string_view> kPlainKeys[] = {
    {"context", "context"},
    {"dockerfile", "dockerfile"},
    {"target", "target"},
    {"network", "network"},
    {"shm_size", "shm-size"},
    {"no_cache", "no-cache"},
    {"pull", "pull"},
    {"dockerfile_inline", "dockerfile-inline"},
    {"cache_from", "cache-from"},
    {"cache_to", "cache-to"},
    {"platforms", "platforms"},
    {"tags", "tags"},
    {"no_cache_filter", "no-cache-filter"},
    {"entitlements", "entitlements"},
};
constexpr std::pair<std::string_view, std::string_view> kMapKeys[] = {
    {"args", "args"}, {"labels", "labels"}, {"additional_contexts", "contexts"}};

class ComposeReader {
 public:
  ComposeReader(const Text& text, const Environment& environment, Definition& definition)
      : text_(text), environment_(environment), definition_(definition) {}

  void read() {
    const Node root = load();
    if (!root.yaml.IsMap()) refuse_at(root.place, "a compose file is a map of services");
    for (const char* unsupported : {"include"}) {
      if (const auto found = get(root, unsupported)) {
        refuse_at(found->place, fmt::format("{} is not supported here", unsupported),
                  "give its files with -f");
      }
    }
    const auto services = get(root, "services");
    if (!services) refuse_at(root.place, "the file has no services");
    read_secrets(root);
    Group all;
    each(*services, [&](const std::string& name, const Node& service) {
      if (read_service(name, service)) all.targets.push_back(target_name(name));
    });
    if (!all.targets.empty()) definition_.add("default", all);
  }

 private:
  Node load() {
    try {
      return placed(YAML::Load(text_.content));
    } catch (const YAML::ParserException& error) {
      refuse_at(at(error.mark), error.msg);
    } catch (const YAML::Exception& error) {
      refuse_at(at(error.mark), error.msg, {}, ErrorCode::kResourceExhausted);
    }
  }

  [[nodiscard]] Place at(const YAML::Mark& mark) const {
    return {&text_, mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos)};
  }
  [[nodiscard]] Node placed(YAML::Node yaml) const {
    const Place place = at(yaml.Mark());
    return {std::move(yaml), place};
  }

  void count(std::size_t work, const Place& place) {
    if (work > work_) refuse_at(place, "the file is too large", {}, ErrorCode::kResourceExhausted);
    work_ -= work;
  }

  // "<<" brings in the entries of other maps, which do not hide those that stand here.
  std::optional<Node> get(const Node& map, const std::string& key, std::size_t depth = 0) {
    count(1, map.place);
    if (depth > kMaxNesting) refuse_at(map.place, "too many maps are merged");
    std::optional<Node> merged;
    for (const auto& entry : map.yaml) {
      count(1, map.place);
      if (!entry.first.IsScalar()) continue;
      if (entry.first.Scalar() == key) {
        if (entry.second.IsNull()) return std::nullopt;
        return placed(entry.second);
      }
      if (entry.first.Scalar() != "<<" || merged) continue;
      const Node below = placed(entry.second);
      if (below.yaml.IsMap()) merged = get(below, key, depth + 1);
      if (!below.yaml.IsSequence()) continue;
      for (const auto& one : below.yaml) {
        if (!merged && one.IsMap()) merged = get(placed(one), key, depth + 1);
      }
    }
    return merged;
  }

  template <typename Visit>
  void each(const Node& map, const Visit& visit, std::size_t depth = 0) {
    if (!map.yaml.IsMap()) refuse_at(map.place, "a map expected");
    if (depth > kMaxNesting) refuse_at(map.place, "too many maps are merged");
    for (const auto& entry : map.yaml) {
      count(1, map.place);
      if (!entry.first.IsScalar()) refuse_at(at(entry.first.Mark()), "a name expected");
      if (entry.first.Scalar() != "<<") continue;
      const Node below = placed(entry.second);
      if (below.yaml.IsMap()) each(below, visit, depth + 1);
      if (!below.yaml.IsSequence()) continue;
      for (const auto& one : below.yaml) each(placed(one), visit, depth + 1);
    }
    for (const auto& entry : map.yaml) {
      if (entry.first.Scalar() != "<<") visit(entry.first.Scalar(), placed(entry.second));
    }
  }

  std::string scalar(const Node& node) {
    if (!node.yaml.IsScalar()) refuse_at(node.place, "a single value expected");
    return at_place(node.place,
                    [&] { return interpolate(node.yaml.Scalar(), environment_, work_); });
  }

  List texts(const Node& node) {
    List list;
    if (!node.yaml.IsSequence()) return {{scalar(node)}};
    for (const auto& element : node.yaml) list.push_back({scalar(placed(element))});
    return list;
  }

  // A map, or a list of KEY=VALUE; a key alone is the environment's.
  Map pairs(const Node& node, char separator = '=') {
    Map map;
    const auto take = [&](const std::string& key, std::optional<std::string> value) {
      if (!value) value = environment_(key);
      if (value) map.insert_or_assign(key, Value{*value});
    };
    if (!node.yaml.IsSequence()) {
      each(node, [&](const std::string& key, const Node& value) {
        take(key, value.yaml.IsNull() ? std::nullopt : std::optional(scalar(value)));
      });
      return map;
    }
    for (const auto& element : node.yaml) {
      const std::string text = scalar(placed(element));
      std::size_t border = text.find('=');
      if (border == std::string::npos) border = text.find(separator);
      const bool alone = border == std::string::npos;
      take(text.substr(0, border), alone ? std::nullopt : std::optional(text.substr(border + 1)));
    }
    return map;
  }

  // As other rules for names demand.
  static std::string target_name(std::string name) {
    std::ranges::replace(name, '.', '_');
    return name;
  }

  void read_secrets(const Node& root) {
    const auto secrets = get(root, "secrets");
    if (!secrets) return;
    each(*secrets, [&](const std::string& name, const Node& secret) {
      if (!secret.yaml.IsMap()) return;
      if (const auto file = get(secret, "file")) {
        secrets_[name] = ",src=" + scalar(*file);
      } else if (const auto variable = get(secret, "environment")) {
        secrets_[name] = ",env=" + scalar(*variable);
      }
    });
  }

  bool read_service(const std::string& name, const Node& service) {
    if (!service.yaml.IsMap()) refuse_at(service.place, "a service is a map");
    if (const auto extends = get(service, "extends")) {
      refuse_at(extends->place, "extends is not supported here",
                "bring common parts in by YAML's << and an anchor");
    }
    const auto build = get(service, "build");
    if (!build) return false;
    Target target{.name = target_name(name)};
    if (!is_target_name(target.name)) {
      refuse_at(service.place, fmt::format("\"{}\" is no name for a target", name));
    }
    if (build->yaml.IsScalar()) {
      set(target, "context", Value{scalar(*build)}, build->place);
    } else {
      each(*build,
           [&](const std::string& key, const Node& value) { read_key(target, key, value); });
    }
    if (const auto image = get(service, "image"); image && !target.attributes.contains("tags")) {
      set(target, "tags", Value{List{{scalar(*image)}}}, image->place);
    }
    definition_.add(target);
    return true;
  }

  static void set(Target& target, std::string_view key, const Value& value, const Place& place) {
    auto taken = at_place(place, [&] { return normalized(key, value); });
    if (taken) target.attributes.insert_or_assign(std::string(key), std::move(*taken));
  }

  void read_key(Target& target, const std::string& key, const Node& value) {
    if (value.yaml.IsNull()) return;
    const auto* plain =
        std::ranges::find(kPlainKeys, key, [](const auto& pair) { return pair.first; });
    if (plain != std::end(kPlainKeys)) {
      const bool is_list = is_list_key(plain->second);
      return set(target, plain->second, is_list ? Value{texts(value)} : Value{scalar(value)},
                 value.place);
    }
    const auto* map = std::ranges::find(kMapKeys, key, [](const auto& pair) { return pair.first; });
    if (map != std::end(kMapKeys)) {
      return set(target, map->second, {context_names(key, pairs(value))}, value.place);
    }
    if (key == "extra_hosts") {
      set(target, "extra-hosts", {pairs(value, ':')}, value.place);
    } else if (key == "ulimits") {
      set(target, "ulimits", {limits(value)}, value.place);
    } else if (key == "secrets") {
      set(target, "secret", {secret_words(value)}, value.place);
    } else if (key == "ssh") {
      set(target, "ssh", {ssh_words(value)}, value.place);
    } else if (key == "x-bake") {
      read_extension(target, value);
    } else if (!key.starts_with("x-") && key != "isolation" && key != "privileged" &&
               key != "provenance" && key != "sbom") {
      refuse_at(value.place, fmt::format("build has no key \"{}\" here", key));
    }
  }

  // "service:other" is the target that builds it.
  static Map context_names(const std::string& key, Map map) {
    constexpr std::string_view kService = "service:";
    if (key != "additional_contexts") return map;
    for (auto& [name, value] : map) {
      std::string& source = std::get<std::string>(value.is);
      if (source.starts_with(kService))
        source = "target:" + target_name(source.substr(kService.size()));
    }
    return map;
  }

  List limits(const Node& node) {
    List list;
    each(node, [&](const std::string& name, const Node& value) {
      if (value.yaml.IsScalar()) return list.push_back({name + "=" + scalar(value)});
      const auto soft = get(value, "soft");
      const auto hard = get(value, "hard");
      if (!soft || !hard) refuse_at(value.place, "a limit has soft and hard");
      list.push_back({name + "=" + scalar(*soft) + ":" + scalar(*hard)});
    });
    return list;
  }

  List secret_words(const Node& node) {
    List list;
    if (!node.yaml.IsSequence()) refuse_at(node.place, "a list of secrets expected");
    for (const auto& element : node.yaml) {
      const Node one = placed(element);
      const auto source = one.yaml.IsMap() ? get(one, "source") : std::optional(one);
      if (!source) refuse_at(one.place, "a secret needs a source");
      const std::string name = scalar(*source);
      const auto known = secrets_.find(name);
      if (known == secrets_.end()) {
        refuse_at(one.place,
                  fmt::format("the file has no secret \"{}\" of a file or variable", name));
      }
      list.push_back({"id=" + name + known->second});
    }
    return list;
  }

  List ssh_words(const Node& node) {
    if (!node.yaml.IsMap()) return texts(node);
    List list;
    each(node, [&](const std::string& name, const Node& value) {
      list.push_back({value.yaml.IsNull() ? name : name + "=" + scalar(value)});
    });
    return list;
  }

  void read_extension(Target& target, const Node& node) {
    each(node, [&](const std::string& key, const Node& value) {
      if (value.yaml.IsNull()) return;
      Value taken;
      if (value.yaml.IsMap() || (is_known_map(key, value.place) && value.yaml.IsSequence())) {
        taken = {pairs(value)};
      } else if (is_list(key, value.place)) {
        taken = {texts(value)};
      } else {
        taken = {scalar(value)};
      }
      set(target, key == "secrets" ? "secret" : key, taken, value.place);
    });
  }
  static bool is_known_map(const std::string& key, const Place& place) {
    return at_place(place, [&] { return key != "secrets" && is_map_key(key); });
  }
  static bool is_list(const std::string& key, const Place& place) {
    return key == "secrets" || at_place(place, [&] { return is_list_key(key); });
  }

  const Text& text_;
  const Environment& environment_;
  Definition& definition_;
  std::map<std::string, std::string> secrets_;
  std::size_t work_ = kMaxEvaluationWork;
};

}  // namespace

void read_compose(const Text& text, const Environment& environment, Definition& definition) {
  ComposeReader(text, environment, definition).read();
}

}  // namespace estiba::build::bake
