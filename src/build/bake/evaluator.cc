#include "build/bake/evaluator.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "build/bake/limits.h"

namespace estiba::build::bake {
namespace {

Value element_of(const Value& base, const Value& index) {
  if (const Map* map = base.map()) {
    const auto found = map->find(to_text(index));
    if (found == map->end()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("there is no \"{}\" in this map", to_text(index)));
    }
    return found->second;
  }
  const List* list = base.list();
  if (list == nullptr) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} has no elements", kind_of(base)));
  }
  const double number = to_number(index);
  if (number < 0 || number >= static_cast<double>(list->size()) || std::trunc(number) != number) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("there is no element {} in a list of {}",
                                                         to_text(index), list->size()));
  }
  return (*list)[static_cast<std::size_t>(number)];
}

double arithmetic(char symbol, double left, double right) {
  if ((symbol == '/' || symbol == '%') && right == 0) {
    throw Error(ErrorCode::kInvalidArgument, "division by zero");
  }
  switch (symbol) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    default:
      return std::fmod(left, right);
  }
}

bool compare(const std::string& symbol, double left, double right) {
  if (symbol == "<") return left < right;
  if (symbol == ">") return left > right;
  return symbol == "<=" ? left <= right : left >= right;
}

}  // namespace

Value Evaluator::charged(Value value, const Place& place) {
  work_ += weight_of(value);
  if (work_ <= kMaxEvaluationWork) return value;
  refuse_at(place, "the definition's values are too large", {}, ErrorCode::kResourceExhausted);
}

Value Evaluator::evaluate(const Expression& expression, const Map& local) {
  struct Level {
    std::size_t& depth;
    ~Level() { --depth; }
  } level{++depth_};
  if (depth_ > kMaxEvaluationDepth) {
    refuse_at(expression.place, "this refers to itself, or leads too far", {},
              ErrorCode::kResourceExhausted);
  }
  if (++work_ > kMaxEvaluationWork) {
    refuse_at(expression.place, "the definition takes too long", {}, ErrorCode::kResourceExhausted);
  }
  return at_place(expression.place, [&] { return carry_out(expression, local); });
}

Value Evaluator::carry_out(const Expression& expression, const Map& local) {
  const auto part = [&](std::size_t i) { return evaluate(expression.parts.at(i), local); };
  switch (expression.kind) {
    case ExpressionKind::kLiteral:
      return charged(expression.literal, expression.place);
    case ExpressionKind::kTemplate:
      return text(expression, local);
    case ExpressionKind::kVariable:
      return variable(expression, local);
    case ExpressionKind::kAttribute:
      return attribute(expression, local);
    case ExpressionKind::kIndex:
      return element_of(part(0), part(1));
    case ExpressionKind::kSplat:
      return splat(expression, local);
    case ExpressionKind::kCall:
      return call(expression, local);
    case ExpressionKind::kList:
      return list(expression, local);
    case ExpressionKind::kMap:
      return map(expression, local);
    case ExpressionKind::kUnary:
      return unary(expression, local);
    case ExpressionKind::kBinary:
      return binary(expression, local);
    case ExpressionKind::kConditional:
      return to_boolean(part(0)) ? part(1) : part(2);
    case ExpressionKind::kForList:
    case ExpressionKind::kForMap:
      return loop(expression, local);
  }
  return {};
}

Value Evaluator::variable(const Expression& expression, const Map& local) {
  if (const auto found = local.find(expression.name); found != local.end()) {
    return charged(found->second, expression.place);
  }
  std::optional<Value> value = lookup_(expression.name);
  if (!value) {
    refuse_at(expression.place, fmt::format("there is no variable \"{}\"", expression.name),
              fmt::format("declare it: variable \"{}\" {{ default = ... }}", expression.name));
  }
  return charged(std::move(*value), expression.place);
}

// `target.NAME.KEY` is what that target says; only this one key of it is looked at.
Value Evaluator::attribute(const Expression& expression, const Map& local) {
  const Expression& base = expression.parts.front();
  if (base.kind == ExpressionKind::kAttribute) {
    const Expression& root = base.parts.front();
    if (root.kind == ExpressionKind::kVariable && root.name == "target" &&
        !local.contains("target")) {
      auto value = lookup_("target." + base.name + "." + expression.name);
      if (value) return charged(std::move(*value), expression.place);
      refuse_at(expression.place,
                fmt::format("no target \"{}\" that has a \"{}\"", base.name, expression.name));
    }
  }
  return element_of(evaluate(base, local), {expression.name});
}

Value Evaluator::text(const Expression& expression, const Map& local) {
  // A template that is one expression is its value, whatever kind it is of.
  if (expression.parts.size() == 1) return evaluate(expression.parts.front(), local);
  std::string joined;
  for (const Expression& part : expression.parts) {
    const Value value = evaluate(part, local);
    at_place(part.place, [&] { joined += to_text(value); });
  }
  return charged({std::move(joined)}, expression.place);
}

Value Evaluator::list(const Expression& expression, const Map& local) {
  List elements;
  for (const Expression& part : expression.parts) elements.push_back(evaluate(part, local));
  return {std::move(elements)};
}

Value Evaluator::map(const Expression& expression, const Map& local) {
  Map entries;
  for (std::size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
    const Value key = evaluate(expression.parts[i], local);
    entries.insert_or_assign(at_place(expression.parts[i].place, [&] { return to_text(key); }),
                             evaluate(expression.parts[i + 1], local));
  }
  return {std::move(entries)};
}

Value Evaluator::unary(const Expression& expression, const Map& local) {
  const Value value = evaluate(expression.parts.front(), local);
  if (expression.name == "!") return {!to_boolean(value)};
  return {-to_number(value)};
}

Value Evaluator::binary(const Expression& expression, const Map& local) {
  const std::string& symbol = expression.name;
  const Value left = evaluate(expression.parts[0], local);
  const Value right = evaluate(expression.parts[1], local);  // as HCL: both sides, always
  if (symbol == "==") return {left == right};
  if (symbol == "!=") return {!(left == right)};
  if (symbol == "&&") return {to_boolean(left) && to_boolean(right)};
  if (symbol == "||") return {to_boolean(left) || to_boolean(right)};
  if (symbol[0] == '<' || symbol[0] == '>') {
    return {compare(symbol, to_number(left), to_number(right))};
  }
  return {arithmetic(symbol[0], to_number(left), to_number(right))};
}

Value Evaluator::splat(const Expression& expression, const Map& local) {
  const Value base = evaluate(expression.parts.front(), local);
  List elements;
  for (const Value& element : base.list() != nullptr ? *base.list() : List{base}) {
    Value value = element;
    for (const std::string& name : expression.path) value = element_of(value, {name});
    elements.push_back(std::move(value));
  }
  return {std::move(elements)};
}

Value Evaluator::loop(const Expression& expression, const Map& local) {
  const bool makes_map = expression.kind == ExpressionKind::kForMap;
  const std::size_t condition = makes_map ? 3 : 2;
  const Value collection = evaluate(expression.parts[0], local);
  List elements;
  Map entries;
  Map inner = local;
  const auto visit = [&](Value key, const Value& element) {
    inner.insert_or_assign(expression.name, element);
    if (!expression.key.empty()) inner.insert_or_assign(expression.key, std::move(key));
    if (expression.parts.size() > condition) {
      if (!to_boolean(evaluate(expression.parts[condition], inner))) return;
    }
    Value value = evaluate(expression.parts[1], inner);
    if (!makes_map) {
      elements.push_back(std::move(value));
    } else {
      entries.insert_or_assign(to_text(value), evaluate(expression.parts[2], inner));
    }
  };
  if (const Map* map = collection.map()) {
    for (const auto& [key, element] : *map) visit({key}, element);
  } else {
    double number = 0;
    for (const Value& element : to_list(collection)) visit({number++}, element);
  }
  if (makes_map) return {std::move(entries)};
  return {std::move(elements)};
}

Value Evaluator::call(const Expression& expression, const Map& local) {
  List arguments;
  for (const Expression& part : expression.parts) arguments.push_back(evaluate(part, local));
  if (expression.spreads && !arguments.empty()) {
    const List rest = to_list(arguments.back());
    arguments.pop_back();
    arguments.insert(arguments.end(), rest.begin(), rest.end());
  }
  if (const auto user = functions_.find(expression.name); user != functions_.end()) {
    return call_user(expression, user->second, std::move(arguments));
  }
  if (const BuiltIn function = find_built_in(expression.name)) {
    return charged(function(arguments), expression.place);
  }
  std::vector<std::string> names = built_in_names();
  for (const auto& [name, function] : functions_) names.push_back(name);
  const std::string near = nearest_word(expression.name, names);
  refuse_at(expression.place, fmt::format("there is no function \"{}\" here", expression.name),
            near.empty() ? "known are " + join(built_in_names(), ", ")
                         : fmt::format("did you mean \"{}\"?", near));
}

Value Evaluator::call_user(const Expression& expression, const UserFunction& function,
                           List arguments) {
  const std::size_t count = function.parameters.size();
  if (arguments.size() < count || (arguments.size() > count && function.variadic.empty())) {
    refuse_at(expression.place, fmt::format("{} takes {} arguments, not {}", expression.name, count,
                                            arguments.size()));
  }
  Map local;
  for (std::size_t i = 0; i < count; ++i) {
    local.insert_or_assign(function.parameters[i], std::move(arguments[i]));
  }
  if (!function.variadic.empty()) {
    local.insert_or_assign(
        function.variadic,
        Value{List(arguments.begin() + static_cast<std::ptrdiff_t>(count), arguments.end())});
  }
  return evaluate(*function.result, local);
}

}  // namespace estiba::build::bake
