#include "build/bake/value.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/error.h"

namespace estiba::build::bake {
namespace {

[[noreturn]] void refuse_conversion(const Value& value, std::string_view wanted) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{} where {} is needed", kind_of(value), wanted));
}

std::string number_text(double number) {
  constexpr double kWhole = 1e15;  // up to here every whole number is exact
  if (std::trunc(number) == number && std::abs(number) < kWhole) {
    return fmt::format("{:.0f}", number + 0.0);
  }
  return fmt::format("{}", number);
}

}  // namespace

bool operator==(const Value& left, const Value& right) {
  return left.is == right.is;
}

std::string_view kind_of(const Value& value) {
  static constexpr std::string_view kNames[] = {"null",     "a bool", "a number",
                                                "a string", "a list", "a map"};
  return kNames[value.is.index()];
}

std::size_t weight_of(const Value& value) {
  std::size_t weight = 1;
  if (const std::string* text = value.text()) weight += text->size();
  if (const List* list = value.list()) {
    for (const Value& element : *list) weight += weight_of(element);
  }
  if (const Map* map = value.map()) {
    for (const auto& [key, element] : *map) weight += key.size() + weight_of(element);
  }
  return weight;
}

std::string to_text(const Value& value) {
  if (const std::string* text = value.text()) return *text;
  if (const bool* boolean = value.boolean()) return *boolean ? "true" : "false";
  if (const double* number = value.number()) return number_text(*number);
  refuse_conversion(value, "a string");
}

double to_number(const Value& value) {
  if (const double* number = value.number()) return *number;
  const std::string* text = value.text();
  if (text == nullptr) refuse_conversion(value, "a number");
  double number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(number)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no number", *text));
  }
  return number;
}

bool to_boolean(const Value& value) {
  if (const bool* boolean = value.boolean()) return *boolean;
  const std::string* text = value.text();
  if (text == nullptr) refuse_conversion(value, "a bool");
  if (*text == "true" || *text == "1") return true;
  if (*text == "false" || *text == "0") return false;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is neither true nor false", *text));
}

List to_list(const Value& value) {
  if (value.null()) return {};
  const List* list = value.list();
  if (list == nullptr) refuse_conversion(value, "a list");
  return *list;
}

}  // namespace estiba::build::bake
