// What expressions mean, with the variables and functions of a definition.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "build/bake/syntax.h"

namespace estiba::build::bake {

// `function "name" { params = [...] variadic_params = name result = ... }`.
struct UserFunction {
  std::vector<std::string> parameters;
  std::string variadic;  // takes the rest as a list; empty: there is no rest
  const Expression* result = nullptr;
};

// Bounded in depth and work over its life. Not thread-safe.
class Evaluator {
 public:
  // A variable by its name, or "target.NAME.KEY"; nothing when there is none.
  using Lookup = std::function<std::optional<Value>(const std::string& name)>;
  Evaluator(Lookup lookup, std::map<std::string, UserFunction> functions)
      : lookup_(std::move(lookup)), functions_(std::move(functions)) {}

  // `local` hides variables of the same names. Throws PlacedError.
  [[nodiscard]] Value evaluate(const Expression& expression, const Map& local = {});

 private:
  [[nodiscard]] Value carry_out(const Expression& expression, const Map& local);
  [[nodiscard]] Value variable(const Expression& expression, const Map& local);
  [[nodiscard]] Value attribute(const Expression& expression, const Map& local);
  [[nodiscard]] Value text(const Expression& expression, const Map& local);
  [[nodiscard]] Value map(const Expression& expression, const Map& local);
  [[nodiscard]] Value list(const Expression& expression, const Map& local);
  [[nodiscard]] Value binary(const Expression& expression, const Map& local);
  [[nodiscard]] Value unary(const Expression& expression, const Map& local);
  [[nodiscard]] Value splat(const Expression& expression, const Map& local);
  [[nodiscard]] Value loop(const Expression& expression, const Map& local);
  [[nodiscard]] Value call(const Expression& expression, const Map& local);
  [[nodiscard]] Value call_user(const Expression& expression, const UserFunction& function,
                                List arguments);
  Value charged(Value value, const Place& place);

  Lookup lookup_;
  std::map<std::string, UserFunction> functions_;
  std::size_t depth_ = 0;
  std::size_t work_ = 0;
};

// The functions that every definition has. Throws Error.
using BuiltIn = Value (*)(const List& arguments);
[[nodiscard]] BuiltIn find_built_in(std::string_view name);
[[nodiscard]] std::vector<std::string> built_in_names();

}  // namespace estiba::build::bake
