#include "cli/template_functions.h"

#include <fmt/format.h>
#include <fmt/printf.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace estiba::cli {
namespace {

using FunctionArguments = std::vector<TemplateValue>;

constexpr std::size_t kMaxPadding = 4096;  // what a template may ask for in spaces

TemplateValue index_value(const FunctionArguments& arguments) {
  TemplateValue value = arguments.front();
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const TemplateValue& key = arguments[i];
    if (value.is_array() && key.is_number_integer()) {
      const auto position = key.get<std::int64_t>();
      if (position < 0 || position >= static_cast<std::int64_t>(value.size())) {
        fail_template("index out of range: " + key.dump());
      }
      value = TemplateValue(value[static_cast<std::size_t>(position)]);
    } else if (value.is_object() && key.is_string()) {
      const auto found = value.find(key.get<std::string>());
      value = found == value.end() ? TemplateValue("") : TemplateValue(*found);
    } else if (value.is_null()) {
      fail_template("index of nil pointer");
    } else {
      fail_template("cannot index " + print_value(value) + " by " + print_value(key));
    }
  }
  return value;
}

std::size_t count_of(const TemplateValue& value) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < 0) {
    fail_template(print_value(value) + " is no count");
  }
  return value.get<std::size_t>();
}

TemplateValue slice_value(const FunctionArguments& arguments) {
  const TemplateValue& value = arguments.front();
  const bool is_text = value.is_string();
  if (!is_text && !value.is_array()) fail_template("cannot slice " + print_value(value));
  const std::size_t size = is_text ? value.get_ref<const std::string&>().size() : value.size();
  const std::size_t begin = arguments.size() > 1 ? count_of(arguments[1]) : 0;
  const std::size_t end = arguments.size() > 2 ? count_of(arguments[2]) : size;
  if (begin > end || end > size) fail_template("slice out of range");
  if (is_text) return value.get<std::string>().substr(begin, end - begin);
  return TemplateValue(value.begin() + static_cast<std::ptrdiff_t>(begin),
                       value.begin() + static_cast<std::ptrdiff_t>(end));
}

TemplateValue change_case(const TemplateValue& value, int (*change)(int)) {
  std::string text = print_value(value);
  for (char& c : text) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return text;
}

TemplateValue title_case(const FunctionArguments& arguments) {
  std::string text = print_value(arguments.front());
  bool begins_word = true;
  for (char& c : text) {
    if (begins_word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    begins_word = std::isspace(static_cast<unsigned char>(c)) != 0;
  }
  return text;
}

// docker's: so many spaces before and after; nothing beside an empty text.
TemplateValue padded(const FunctionArguments& arguments) {
  const std::string text = print_value(arguments.at(0));
  const std::size_t before = count_of(arguments.at(1));
  const std::size_t after = count_of(arguments.at(2));
  if (text.empty() || before > kMaxPadding || after > kMaxPadding) return text;
  return std::string(before, ' ') + text + std::string(after, ' ');
}

TemplateValue join_values(const FunctionArguments& arguments) {
  if (!arguments.front().is_array()) {
    if (arguments.front().is_null()) return "";
    fail_template("cannot join " + print_value(arguments.front()));
  }
  std::vector<std::string> parts;
  for (const TemplateValue& item : arguments.front()) parts.push_back(print_value(item));
  return join(parts, arguments.size() > 1 ? print_value(arguments[1]) : "");
}

TemplateValue split_text(const FunctionArguments& arguments) {
  const std::string text = print_value(arguments.at(0));
  const std::string separator = print_value(arguments.at(1));
  TemplateValue parts = TemplateValue::array();
  std::size_t start = 0;
  for (std::size_t found = 0;
       !separator.empty() && (found = text.find(separator, start)) != std::string::npos;
       start = found + separator.size()) {
    parts.push_back(text.substr(start, found - start));
  }
  parts.push_back(text.substr(start));
  return parts;
}

// Numbers before texts by their size, texts by their bytes.
bool is_less_value(const TemplateValue& left, const TemplateValue& right) {
  const bool are_alike =
      (left.is_number() && right.is_number()) || (left.is_string() && right.is_string());
  if (!are_alike) fail_template("incompatible types for comparison");
  return left < right;
}

TemplateValue printed_values(const FunctionArguments& arguments) {
  std::string text;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    // Go puts spaces between operands of which neither is a text.
    if (i > 0 && !arguments[i].is_string() && !arguments[i - 1].is_string()) text += ' ';
    text += print_value(arguments[i]);
  }
  return text;
}

std::string formatted_value(char verb, const std::string& flags, const TemplateValue& value) {
  switch (verb) {
    case 'd':
    case 'x':
    case 'X':
    case 'o':
    case 'c':
      if (!value.is_number_integer())
        return "%!" + std::string(1, verb) + "(" + print_value(value) + ")";
      return fmt::sprintf("%" + flags + verb, value.get<std::int64_t>());
    case 'f':
    case 'e':
    case 'g':
      if (!value.is_number()) return "%!" + std::string(1, verb) + "(" + print_value(value) + ")";
      return fmt::sprintf("%" + flags + verb, value.get<double>());
    case 'q':
      return fmt::sprintf("%" + flags + "s", TemplateValue(print_value(value)).dump());
    default:  // s, v, t
      return fmt::sprintf("%" + flags + "s", print_value(value));
  }
}

TemplateValue print_formatted(const FunctionArguments& arguments) {
  const std::string format = print_value(arguments.front());
  std::string text;
  std::size_t next = 1;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      text += format[i];
      continue;
    }
    std::string flags;
    while (++i < format.size() &&
           std::string_view("-+ #0123456789.").find(format[i]) != std::string_view::npos) {
      if (format[i] != '+' && format[i] != '#') flags += format[i];
    }
    if (i >= format.size()) fail_template("printf: the format ends within a verb");
    if (flags.size() > 8) fail_template("printf: too wide");
    if (format[i] == '%') {
      text += '%';
    } else if (std::string_view("dxXocfegqsvt").find(format[i]) == std::string_view::npos) {
      fail_template(fmt::format("printf: unknown verb %{}", format[i]));
    } else if (next >= arguments.size()) {
      text += fmt::format("%!{}(MISSING)", format[i]);
    } else {
      text += formatted_value(format[i], flags, arguments[next++]);
    }
  }
  return text;
}

TemplateValue length_of(const FunctionArguments& arguments) {
  const TemplateValue& value = arguments.front();
  return value.is_string() ? value.get_ref<const std::string&>().size() : value.size();
}

struct TemplateFunction {
  std::size_t fewest;
  std::function<TemplateValue(const FunctionArguments&)> call;
};

const std::map<std::string, TemplateFunction>& known_functions() {
  using A = const FunctionArguments&;
  const auto equals_any = [](A a) {
    return std::any_of(a.begin() + 1, a.end(), [&](const auto& other) { return other == a[0]; });
  };
  static const std::map<std::string, TemplateFunction> kFunctions = {
      {"json", {1, [](A a) -> TemplateValue { return a[0].dump(); }}},
      {"index", {1, index_value}},
      {"slice", {1, slice_value}},
      {"len", {1, length_of}},
      {"print", {0, printed_values}},
      {"println",
       {0, [](A a) -> TemplateValue { return printed_values(a).get<std::string>() + "\n"; }}},
      {"printf", {1, print_formatted}},
      {"upper", {1, [](A a) { return change_case(a[0], std::toupper); }}},
      {"lower", {1, [](A a) { return change_case(a[0], std::tolower); }}},
      {"title", {1, title_case}},
      {"pad", {3, padded}},
      {"truncate",
       {2, [](A a) -> TemplateValue { return print_value(a[0]).substr(0, count_of(a[1])); }}},
      {"join", {1, join_values}},
      {"split", {2, split_text}},
      {"not", {1, [](A a) -> TemplateValue { return !is_true_value(a[0]); }}},
      {"and",
       {1,
        [](A a) {
          const auto no = std::ranges::find_if(a, [](const auto& v) { return !is_true_value(v); });
          return no == a.end() ? a.back() : *no;
        }}},
      {"or",
       {1,
        [](A a) {
          const auto yes = std::ranges::find_if(a, [](const auto& v) { return is_true_value(v); });
          return yes == a.end() ? a.back() : *yes;
        }}},
      {"eq", {2, [equals_any](A a) -> TemplateValue { return equals_any(a); }}},
      {"ne", {2, [](A a) -> TemplateValue { return a[0] != a[1]; }}},
      {"lt", {2, [](A a) -> TemplateValue { return is_less_value(a[0], a[1]); }}},
      {"le", {2, [](A a) -> TemplateValue { return !is_less_value(a[1], a[0]); }}},
      {"gt", {2, [](A a) -> TemplateValue { return is_less_value(a[1], a[0]); }}},
      {"ge", {2, [](A a) -> TemplateValue { return !is_less_value(a[0], a[1]); }}}};
  return kFunctions;
}

}  // namespace

void fail_template(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, "template: " + message,
              "write fields as {{.Name}}, or --format json for everything");
}

bool is_true_value(const TemplateValue& value) {
  if (value.is_null()) return false;
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

std::string print_value(const TemplateValue& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "<no value>";
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const TemplateValue& item : value) parts.push_back(print_value(item));
    return "[" + join(parts, " ") + "]";
  }
  if (value.is_object()) {
    std::vector<std::string> parts;
    for (const auto& [key, item] : value.items()) parts.push_back(key + ":" + print_value(item));
    return "map[" + join(parts, " ") + "]";
  }
  return value.dump();
}

TemplateValue call_function(const std::string& name, const std::vector<TemplateValue>& arguments) {
  const auto found = known_functions().find(name);
  if (found == known_functions().end()) fail_template("function \"" + name + "\" not defined");
  if (arguments.size() < found->second.fewest) {
    fail_template(fmt::format("wrong number of args for {}: want at least {} got {}", name,
                              found->second.fewest, arguments.size()));
  }
  return found->second.call(arguments);
}

}  // namespace estiba::cli
