#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "build/bake/evaluator.h"
#include "build/bake/limits.h"
#include "build/bake/patterns.h"
#include "oci/digest.h"

namespace estiba::build::bake {
namespace {

[[noreturn]] void refuse_call(const std::string& what) {
  throw Error(ErrorCode::kInvalidArgument, what);
}

const Value& argument(const List& arguments, std::size_t i) {
  if (i < arguments.size()) return arguments[i];
  refuse_call(fmt::format("argument {} is missing", i + 1));
}

std::string text_argument(const List& arguments, std::size_t i) {
  return to_text(argument(arguments, i));
}

double number_argument(const List& arguments, std::size_t i) {
  return to_number(argument(arguments, i));
}

// A size that a result may have; the evaluator counts it afterwards.
void bound(double size) {
  if (size > static_cast<double>(kMaxEvaluationWork)) {
    throw Error(ErrorCode::kResourceExhausted, "the result is too large");
  }
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to) {
  if (from.empty()) return text;
  std::string result;
  std::size_t at = 0;
  for (std::size_t found; (found = text.find(from, at)) != std::string::npos;) {
    result.append(text, at, found - at).append(to);
    bound(static_cast<double>(result.size()));
    at = found + from.size();
  }
  return result.append(text, at);
}

Value upper_case(const List& a) {
  std::string text = text_argument(a, 0);
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return {std::move(text)};
}
Value lower_case(const List& a) {
  return {to_lower(text_argument(a, 0))};
}
Value title_case(const List& a) {
  std::string text = text_argument(a, 0);
  bool starts = true;
  for (char& c : text) {
    if (starts && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    starts = c == ' ';
  }
  return {std::move(text)};
}
Value replace_text(const List& a) {
  return {replaced(text_argument(a, 0), text_argument(a, 1), text_argument(a, 2))};
}
Value trim_blanks(const List& a) {
  return {std::string(trim(text_argument(a, 0)))};
}
Value trim_letters(const List& a) {
  const std::string text = text_argument(a, 0);
  const std::string letters = text_argument(a, 1);
  const std::size_t first = text.find_first_not_of(letters);
  if (first == std::string::npos) return {std::string()};
  return {text.substr(first, text.find_last_not_of(letters) - first + 1)};
}
Value trim_front(const List& a) {
  const std::string text = text_argument(a, 0);
  const std::string prefix = text_argument(a, 1);
  return {text.starts_with(prefix) ? text.substr(prefix.size()) : text};
}
Value trim_back(const List& a) {
  const std::string text = text_argument(a, 0);
  const std::string suffix = text_argument(a, 1);
  return {text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text};
}
Value starts_with(const List& a) {
  return {text_argument(a, 0).starts_with(text_argument(a, 1))};
}
Value ends_with(const List& a) {
  return {text_argument(a, 0).ends_with(text_argument(a, 1))};
}

Value substring(const List& a) {
  const std::string text = text_argument(a, 0);
  const double start = number_argument(a, 1);
  const double size = number_argument(a, 2);
  if (start < 0 || start > static_cast<double>(text.size())) return {std::string()};
  const std::string rest = text.substr(static_cast<std::size_t>(start));
  if (size < 0 || size >= static_cast<double>(rest.size())) return {rest};
  return {rest.substr(0, static_cast<std::size_t>(size))};
}

Value join_texts(const List& a) {
  std::vector<std::string> words;
  for (std::size_t i = 1; i < a.size(); ++i) {
    for (const Value& element : to_list(a[i])) words.push_back(to_text(element));
  }
  const std::string separator = text_argument(a, 0);
  bound(static_cast<double>(words.size()) * static_cast<double>(separator.size()));
  return {join(words, separator)};
}

Value split_text(const List& a) {
  const std::string separator = text_argument(a, 0);
  const std::string text = text_argument(a, 1);
  if (separator.empty()) refuse_call("the separator is empty");
  List words;
  std::size_t at = 0;
  for (std::size_t found; (found = text.find(separator, at)) != std::string::npos;
       at = found + separator.size()) {
    words.push_back({text.substr(at, found - at)});
  }
  words.push_back({text.substr(at)});
  return {std::move(words)};
}

Value concat_lists(const List& a) {
  List all;
  for (const Value& list : a) {
    const List elements = to_list(list);
    all.insert(all.end(), elements.begin(), elements.end());
  }
  return {std::move(all)};
}

// printf's %s, %d, %v, %q, %f, %t and %%, with a width where it is small.
Value format_text(const List& a) {
  const std::string pattern = text_argument(a, 0);
  std::string result;
  std::size_t next = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      result += pattern[i];
      continue;
    }
    const std::size_t kind = pattern.find_first_not_of("0123456789.-+ ", i + 1);
    if (kind == std::string::npos || kind - i > 8) refuse_call("the format ends within a %");
    const std::string flags = pattern.substr(i + 1, kind - i - 1);
    i = kind;
    if (pattern[kind] == '%') {
      result += '%';
      continue;
    }
    const Value& value = argument(a, next++);
    std::string piece;
    if (pattern[kind] == 'd') {
      piece = fmt::format("{:.0f}", std::trunc(to_number(value)));
    } else if (pattern[kind] == 'f') {
      const std::size_t dot = flags.find('.');
      const int digits = dot == std::string::npos ? 6 : std::atoi(flags.c_str() + dot + 1);
      piece = fmt::format("{:.{}f}", to_number(value), std::min(digits, 30));
    } else if (pattern[kind] == 'q') {
      piece = "\"" + replaced(replaced(to_text(value), "\\", "\\\\"), "\"", "\\\"") + "\"";
    } else if (pattern[kind] == 's' || pattern[kind] == 'v' || pattern[kind] == 't') {
      piece = to_text(value);
    } else {
      refuse_call(fmt::format("%{} is not supported", pattern[kind]));
    }
    const bool left = flags.starts_with('-');
    const auto width = static_cast<std::size_t>(std::min(std::abs(std::atoi(flags.c_str())), 1000));
    const char fill = flags.starts_with('0') && pattern[kind] == 'd' ? '0' : ' ';
    if (piece.size() < width) {
      const std::string padding(width - piece.size(), fill);
      piece = left ? piece + padding : padding + piece;
    }
    result += piece;
    bound(static_cast<double>(result.size()));
  }
  return {std::move(result)};
}

Value are_equal(const List& a) {
  return {argument(a, 0) == argument(a, 1)};
}
Value not_equal(const List& a) {
  return {!(argument(a, 0) == argument(a, 1))};
}
Value both_hold(const List& a) {
  return {to_boolean(argument(a, 0)) && to_boolean(argument(a, 1))};
}
Value either_holds(const List& a) {
  return {to_boolean(argument(a, 0)) || to_boolean(argument(a, 1))};
}
Value negation(const List& a) {
  return {!to_boolean(argument(a, 0))};
}

Value length_of(const List& a) {
  const Value& value = argument(a, 0);
  if (const Map* map = value.map()) return {static_cast<double>(map->size())};
  if (const std::string* text = value.text()) return {static_cast<double>(text->size())};
  return {static_cast<double>(to_list(value).size())};
}

Value does_contain(const List& a) {
  const List list = to_list(argument(a, 0));
  return {std::ranges::find(list, argument(a, 1)) != list.end()};
}

Value element_at(const List& a) {
  const List list = to_list(argument(a, 0));
  if (list.empty()) refuse_call("the list is empty");
  const double wrapped = std::fmod(number_argument(a, 1), static_cast<double>(list.size()));
  return list[static_cast<std::size_t>(wrapped < 0 ? wrapped + static_cast<double>(list.size())
                                                   : wrapped)];
}

Value merge_maps(const List& a) {
  Map all;
  for (const Value& map : a) {
    if (map.null()) continue;
    if (map.map() == nullptr) refuse_call(fmt::format("{} is no map", kind_of(map)));
    for (const auto& [key, value] : *map.map()) all.insert_or_assign(key, value);
  }
  return {std::move(all)};
}

Value look_up_key(const List& a) {
  const Map* map = argument(a, 0).map();
  if (map == nullptr) refuse_call(fmt::format("{} is no map", kind_of(a[0])));
  const auto found = map->find(text_argument(a, 1));
  return found == map->end() ? argument(a, 2) : found->second;
}

Value keys_of(const List& a) {
  const Map* map = argument(a, 0).map();
  if (map == nullptr) refuse_call(fmt::format("{} is no map", kind_of(a[0])));
  List keys;
  for (const auto& [key, value] : *map) keys.push_back({key});
  return {std::move(keys)};
}

Value values_of(const List& a) {
  const Map* map = argument(a, 0).map();
  if (map == nullptr) refuse_call(fmt::format("{} is no map", kind_of(a[0])));
  List values;
  for (const auto& [key, value] : *map) values.push_back(value);
  return {std::move(values)};
}

Value first_of(const List& a) {
  for (const Value& value : a) {
    if (!value.null()) return value;
  }
  refuse_call("all arguments are null");
}

Value without_empty(const List& a) {
  List kept;
  for (const Value& value : to_list(argument(a, 0))) {
    if (!to_text(value).empty()) kept.push_back(value);
  }
  return {std::move(kept)};
}

Value without_repetition(const List& a) {
  List kept;
  for (const Value& value : to_list(argument(a, 0))) {
    if (kept.size() > 10'000) refuse_call("the list is too long");
    if (std::ranges::find(kept, value) == kept.end()) kept.push_back(value);
  }
  return {std::move(kept)};
}

Value reversed(const List& a) {
  List list = to_list(argument(a, 0));
  std::ranges::reverse(list);
  return {std::move(list)};
}

Value sorted_texts(const List& a) {
  std::vector<std::string> words;
  for (const Value& value : to_list(argument(a, 0))) words.push_back(to_text(value));
  std::ranges::sort(words);
  List list;
  for (std::string& word : words) list.push_back({std::move(word)});
  return {std::move(list)};
}

Value numbers_between(const List& a) {
  const double start = a.size() > 1 ? number_argument(a, 0) : 0;
  const double end = number_argument(a, a.size() > 1 ? 1 : 0);
  const double step = a.size() > 2 ? number_argument(a, 2) : (start <= end ? 1 : -1);
  if (step == 0) refuse_call("the step is zero");
  bound(std::abs((end - start) / step) * 16);
  List list;
  for (double n = start; step > 0 ? n < end : n > end; n += step) list.push_back({n});
  return {std::move(list)};
}

Value add_numbers(const List& a) {
  return {number_argument(a, 0) + number_argument(a, 1)};
}
Value subtract_numbers(const List& a) {
  return {number_argument(a, 0) - number_argument(a, 1)};
}
Value multiply_numbers(const List& a) {
  return {number_argument(a, 0) * number_argument(a, 1)};
}
Value divide_numbers(const List& a) {
  if (number_argument(a, 1) == 0) refuse_call("division by zero");
  return {number_argument(a, 0) / number_argument(a, 1)};
}
Value remainder_of(const List& a) {
  if (number_argument(a, 1) == 0) refuse_call("division by zero");
  return {std::fmod(number_argument(a, 0), number_argument(a, 1))};
}
Value smallest(const List& a) {
  double least = number_argument(a, 0);
  for (const Value& value : a) least = std::min(least, to_number(value));
  return {least};
}
Value largest(const List& a) {
  double most = number_argument(a, 0);
  for (const Value& value : a) most = std::max(most, to_number(value));
  return {most};
}
Value rounded_down(const List& a) {
  return {std::floor(number_argument(a, 0))};
}
Value rounded_up(const List& a) {
  return {std::ceil(number_argument(a, 0))};
}
Value as_text(const List& a) {
  return {text_argument(a, 0)};
}
Value as_number(const List& a) {
  return {number_argument(a, 0)};
}
Value as_boolean(const List& a) {
  return {to_boolean(argument(a, 0))};
}

Value sha256_of(const List& a) {
  return {Digest::of(text_argument(a, 0)).hex()};
}
Value time_now(const List&) {
  return {format_rfc3339(now())};
}

struct NamedFunction {
  std::string_view name;
  BuiltIn function;
};

constexpr NamedFunction kFunctions[] = {
    {"add", add_numbers},
    {"and", both_hold},
    {"ceil", rounded_up},
    {"coalesce", first_of},
    {"compact", without_empty},
    {"concat", concat_lists},
    {"contains", does_contain},
    {"distinct", without_repetition},
    {"divide", divide_numbers},
    {"element", element_at},
    {"endswith", ends_with},
    {"equal", are_equal},
    {"floor", rounded_down},
    {"format", format_text},
    {"join", join_texts},
    {"keys", keys_of},
    {"length", length_of},
    {"lookup", look_up_key},
    {"lower", lower_case},
    {"max", largest},
    {"merge", merge_maps},
    {"min", smallest},
    {"modulo", remainder_of},
    {"multiply", multiply_numbers},
    {"not", negation},
    {"notequal", not_equal},
    {"or", either_holds},
    {"range", numbers_between},
    {"regex", found_pattern},
    {"regex_replace", replace_pattern},
    {"replace", replace_text},
    {"reverselist", reversed},
    {"sha256", sha256_of},
    {"sort", sorted_texts},
    {"split", split_text},
    {"startswith", starts_with},
    {"strlen", length_of},
    {"substr", substring},
    {"subtract", subtract_numbers},
    {"timestamp", time_now},
    {"title", title_case},
    {"tobool", as_boolean},
    {"tonumber", as_number},
    {"tostring", as_text},
    {"trim", trim_letters},
    {"trimprefix", trim_front},
    {"trimspace", trim_blanks},
    {"trimsuffix", trim_back},
    {"upper", upper_case},
    {"values", values_of},
};

}  // namespace

BuiltIn find_built_in(std::string_view name) {
  const auto* found = std::ranges::find(kFunctions, name, &NamedFunction::name);
  return found == std::end(kFunctions) ? nullptr : found->function;
}

std::vector<std::string> built_in_names() {
  std::vector<std::string> names;
  for (const NamedFunction& function : kFunctions) names.emplace_back(function.name);
  return names;
}

}  // namespace estiba::build::bake
