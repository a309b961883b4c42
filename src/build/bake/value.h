// What an expression means: HCL's values, of which JSON's and YAML's are a part.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace estiba::build::bake {

struct Value;
using List = std::vector<Value>;
using Map = std::map<std::string, Value, std::less<>>;

struct Value {
  std::variant<std::monostate, bool, double, std::string, List, Map> is;

  [[nodiscard]] bool null() const { return std::holds_alternative<std::monostate>(is); }
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&is); }
  [[nodiscard]] const double* number() const { return std::get_if<double>(&is); }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&is); }
  [[nodiscard]] const List* list() const { return std::get_if<List>(&is); }
  [[nodiscard]] const Map* map() const { return std::get_if<Map>(&is); }

  friend bool operator==(const Value& left, const Value& right);
};

// "a bool", as messages call it.
[[nodiscard]] std::string_view kind_of(const Value& value);
// How much it is to copy: a value each, and a byte for each of its letters.
[[nodiscard]] std::size_t weight_of(const Value& value);

// As HCL converts between bool, number and string. Throw kInvalidArgument for anything else.
[[nodiscard]] std::string to_text(const Value& value);
[[nodiscard]] double to_number(const Value& value);
[[nodiscard]] bool to_boolean(const Value& value);
// The elements of a list; of null none. Throws kInvalidArgument for anything else.
[[nodiscard]] List to_list(const Value& value);

}  // namespace estiba::build::bake
