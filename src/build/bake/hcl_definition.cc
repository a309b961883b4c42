#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "build/bake/definition.h"
#include "build/bake/evaluator.h"
#include "build/bake/limits.h"
#include "oci/platform.h"

namespace estiba::build::bake {
namespace {

const std::string& label_of(const Block& block) {
  if (block.labels.size() == 1) return block.labels.front();
  refuse_at(block.place,
            fmt::format("a {} has one name: {} \"NAME\" {{ ... }}", block.type, block.type));
}

// "number", or the words of list(string).
std::string type_words(const Expression& type) {
  if (type.kind == ExpressionKind::kVariable) return type.name;
  if (type.kind == ExpressionKind::kCall && type.parts.size() == 1) return type.name;
  refuse_at(type.place, "this is no type that is known here",
            "known are bool, number, string, list(...), set(...) and map(...)");
}

class BlockReader {
 public:
  BlockReader(const std::vector<Block>& files, const Environment& environment,
              Definition& definition)
      : files_(files),
        environment_(environment),
        definition_(definition),
        evaluator_([this](const std::string& name) { return look_up(name); }, functions(files)) {}

  void read() {
    for (const Block& file : files_) {
      for (const Attribute& attribute : file.attributes)
        globals_[attribute.name] = &attribute.value;
      for (const Block& block : file.blocks) take_block(block);
    }
    for (const auto& [name, block] : variables_) describe(name, *block);
    for (const Block* block : groups_) read_group(*block);
    for (const Block* block : targets_) read_target(*block);
  }

 private:
  static std::map<std::string, UserFunction> functions(const std::vector<Block>& files) {
    std::map<std::string, UserFunction> functions;
    for (const Block& file : files) {
      for (const Block& block : file.blocks) {
        if (block.type == "function") functions[label_of(block)] = function_of(block);
      }
    }
    return functions;
  }

  static UserFunction function_of(const Block& block) {
    UserFunction function;
    for (const Attribute& attribute : block.attributes) {
      if (attribute.name == "params") {
        for (const Expression& parameter : attribute.value.parts) {
          const std::string* text = parameter.literal.text();
          if (parameter.kind != ExpressionKind::kVariable && text == nullptr) {
            refuse_at(parameter.place, "a parameter is a name");
          }
          function.parameters.push_back(text == nullptr ? parameter.name : *text);
        }
      } else if (attribute.name == "variadic_params" || attribute.name == "variadic_param") {
        const std::string* text = attribute.value.literal.text();
        function.variadic = text == nullptr ? attribute.value.name : *text;
      } else if (attribute.name == "result") {
        function.result = &attribute.value;
      } else {
        refuse_at(attribute.place, fmt::format("a function has no \"{}\"", attribute.name));
      }
    }
    if (function.result == nullptr) refuse_at(block.place, "a function needs a result");
    return function;
  }

  void take_block(const Block& block) {
    if (block.type == "variable") {
      check_variable(block);
      variables_[label_of(block)] = &block;
    } else if (block.type == "group") {
      groups_.push_back(&block);
    } else if (block.type == "target") {
      targets_.push_back(&block);
    } else if (block.type != "function") {
      refuse_at(block.place, fmt::format("there are no blocks \"{}\" here", block.type),
                "known are variable, function, group and target");
    }
  }

  static void check_variable(const Block& block) {
    for (const Attribute& attribute : block.attributes) {
      if (attribute.name == "default" || attribute.name == "description" ||
          attribute.name == "type" || attribute.name == "sensitive") {
        continue;
      }
      refuse_at(attribute.place, fmt::format("a variable has no \"{}\"", attribute.name),
                "known are default, type, description and blocks validation");
    }
    for (const Block& inner : block.blocks) {
      if (inner.type != "validation") {
        refuse_at(inner.place, fmt::format("a variable has no block \"{}\"", inner.type));
      }
    }
  }

  std::optional<Value> look_up(const std::string& name) {
    if (name.starts_with("target.")) return look_up_target(name);
    if (const auto known = values_.find(name); known != values_.end()) return known->second;
    std::optional<Value> value;
    if (const auto global = globals_.find(name); global != globals_.end()) {
      value = evaluator_.evaluate(*global->second);
    } else if (const auto variable = variables_.find(name); variable != variables_.end()) {
      value = variable_value(name, *variable->second);
    } else if (name == "BAKE_LOCAL_PLATFORM") {
      value = Value{Platform::host().to_string()};
    } else if (name == "BAKE_CMD_CONTEXT") {
      value = Value{std::string("cwd://")};
    }
    if (!value) return std::nullopt;
    values_[name] = *value;
    if (const auto variable = variables_.find(name); variable != variables_.end()) {
      validate(*variable->second);
    }
    return value;
  }

  std::optional<Value> look_up_target(const std::string& path) {
    const std::vector<std::string> words = split(path, '.');
    for (const Block* block : targets_) {
      if (words.size() != 3 || label_of(*block) != words[1]) continue;
      if (const Attribute* attribute = block->find(words[2])) {
        return evaluator_.evaluate(attribute->value);
      }
    }
    return std::nullopt;
  }

  // The environment's text in the kind that the variable has.
  Value variable_value(const std::string& name, const Block& block) {
    const Attribute* initial = block.find("default");
    const Value fallback =
        initial == nullptr ? Value{std::string()} : evaluator_.evaluate(initial->value);
    const Attribute* type = block.find("type");
    const std::string kind = type == nullptr ? "" : type_words(type->value);
    const auto given = environment_(name);
    if (!given) return initial == nullptr && type != nullptr ? Value{} : fallback;
    return at_place(block.place, [&] { return typed(*given, kind, fallback, name); });
  }

  static Value typed(const std::string& text, const std::string& kind, const Value& fallback,
                     const std::string& name) {
    const bool is_list =
        kind == "list" || kind == "set" || kind == "tuple" || fallback.list() != nullptr;
    if (kind == "bool" || (kind.empty() && fallback.boolean() != nullptr)) {
      return {to_boolean({text})};
    }
    if (kind == "number" || (kind.empty() && fallback.number() != nullptr)) {
      return {to_number({text})};
    }
    if (is_list) {
      List elements;
      for (std::string& element : split(text, ',')) elements.push_back({std::move(element)});
      return {std::move(elements)};
    }
    if (kind == "map" || kind == "object" || fallback.map() != nullptr) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("the map {} cannot be given by the environment", name));
    }
    return {text};
  }

  void validate(const Block& variable) {
    for (const Block& rule : variable.blocks) {
      const Attribute* condition = rule.find("condition");
      if (condition == nullptr) refuse_at(rule.place, "a validation needs a condition");
      const Value holds = evaluator_.evaluate(condition->value);
      if (at_place(condition->place, [&] { return to_boolean(holds); })) continue;
      const Attribute* message = rule.find("error_message");
      refuse_at(rule.place, message == nullptr ? "the variable's value is not valid"
                                               : to_text(evaluator_.evaluate(message->value)));
    }
  }

  void describe(const std::string& name, const Block& block) {
    const Value value = *look_up(name);
    Variable variable{name, std::nullopt, {}};
    const bool is_text = value.list() == nullptr && value.map() == nullptr;
    if (!value.null()) variable.value = is_text ? to_text(value) : std::string(kind_of(value));
    if (const Attribute* text = block.find("description")) {
      variable.description = to_text(evaluator_.evaluate(text->value));
    }
    definition_.variables.push_back(std::move(variable));
  }

  std::vector<std::string> texts(const Attribute& attribute, const Map& local = {}) {
    const Value value = evaluator_.evaluate(attribute.value, local);
    return at_place(attribute.value.place, [&] {
      std::vector<std::string> all;
      for (const Value& element : to_list(value)) all.push_back(to_text(element));
      return all;
    });
  }

  void read_group(const Block& block) {
    Group group;
    for (const Attribute& attribute : block.attributes) {
      if (attribute.name == "targets") {
        group.targets = texts(attribute);
      } else if (attribute.name == "description") {
        group.description = to_text(evaluator_.evaluate(attribute.value));
      } else {
        refuse_at(attribute.place, fmt::format("a group has no \"{}\"", attribute.name),
                  "known are targets and description");
      }
    }
    definition_.add(checked_name(label_of(block), block.place), group);
  }

  static const std::string& checked_name(const std::string& name, const Place& place) {
    if (is_target_name(name)) return name;
    refuse_at(place, fmt::format("\"{}\" is no name for a target", name),
              "letters, digits, _ and - are");
  }

  void read_target(const Block& block) {
    if (!block.blocks.empty()) {
      refuse_at(block.blocks.front().place,
                fmt::format("a target has no block \"{}\"", block.blocks.front().type),
                fmt::format("write {} = {{ ... }}", block.blocks.front().type));
    }
    const std::string& label = checked_name(label_of(block), block.place);
    const Attribute* matrix = block.find("matrix");
    if (matrix == nullptr) {
      if (const Attribute* name = block.find("name")) {
        refuse_at(name->place, "a name is for a target with a matrix only");
      }
      return definition_.add(target_of(block, label, {}));
    }
    const Attribute* name = block.find("name");
    if (name == nullptr) refuse_at(matrix->place, "a target with a matrix needs a name");
    Group group;
    for (const Map& local : combinations(*matrix)) {
      const Value value = evaluator_.evaluate(name->value, local);
      const std::string own = at_place(name->value.place, [&] { return to_text(value); });
      checked_name(own, name->place);
      if (std::ranges::find(group.targets, own) != group.targets.end()) {
        refuse_at(name->place, fmt::format("two of the matrix are named \"{}\"", own));
      }
      definition_.add(target_of(block, own, local));
      group.targets.push_back(own);
    }
    definition_.add(label, group);
  }

  // One value of each axis.
  std::vector<Map> combinations(const Attribute& matrix) {
    const Value axes = evaluator_.evaluate(matrix.value);
    if (axes.map() == nullptr) refuse_at(matrix.value.place, "a matrix is a map of lists");
    std::vector<Map> all{{}};
    for (const auto& [axis, values] : *axes.map()) {
      const List list =
          at_place(matrix.value.place, [&, &list_of = values] { return to_list(list_of); });
      if (list.empty()) refuse_at(matrix.value.place, fmt::format("the axis {} is empty", axis));
      if (all.size() * list.size() > kMaxTargets) {
        refuse_at(matrix.value.place,
                  fmt::format("the matrix makes more than {} targets", kMaxTargets), {},
                  ErrorCode::kResourceExhausted);
      }
      std::vector<Map> longer;
      for (const Map& one : all) {
        for (const Value& value : list) {
          longer.push_back(one);
          longer.back().insert_or_assign(axis, value);
        }
      }
      all = std::move(longer);
    }
    return all;
  }

  Target target_of(const Block& block, const std::string& name, const Map& local) {
    Target target{.name = name};
    for (const Attribute& attribute : block.attributes) {
      if (attribute.name == "matrix" || attribute.name == "name") continue;
      if (attribute.name == "inherits") {
        target.inherits = texts(attribute, local);
        continue;
      }
      const Value value = evaluator_.evaluate(attribute.value, local);
      if (attribute.name == "description") {
        target.description = to_text(value);
        continue;
      }
      auto taken = at_place(attribute.place, [&] { return normalized(attribute.name, value); });
      if (taken) target.attributes.insert_or_assign(attribute.name, std::move(*taken));
    }
    return target;
  }

  const std::vector<Block>& files_;
  const Environment& environment_;
  Definition& definition_;
  Evaluator evaluator_;
  std::map<std::string, const Expression*> globals_;
  std::map<std::string, const Block*> variables_;
  std::vector<const Block*> groups_;
  std::vector<const Block*> targets_;
  std::map<std::string, Value> values_;
};

}  // namespace

void read_blocks(const std::vector<Block>& files, const Environment& environment,
                 Definition& definition) {
  BlockReader(files, environment, definition).read();
}

}  // namespace estiba::build::bake
