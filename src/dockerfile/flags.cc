#include "dockerfile/flags.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/limits.h"

namespace estiba::dockerfile {
namespace {

const FlagDefinition& find_definition(std::string_view name,
                                      const std::vector<FlagDefinition>& known) {
  for (const FlagDefinition& definition : known) {
    if (definition.name == name) return definition;
  }
  std::vector<std::string> names;
  for (const FlagDefinition& definition : known) names.emplace_back(definition.name);
  std::string nearest;
  if (name.size() <= kMaxSuggestedWordBytes) nearest = nearest_word(name, names);
  throw Error(ErrorCode::kInvalidArgument, fmt::format("unknown flag: --{}", name.substr(0, 120)),
              nearest.empty() ? "" : fmt::format("did you mean --{}?", nearest));
}

std::string boolean_text(std::string_view name, std::string_view value) {
  const std::string lower = to_lower(value);
  if (lower == "true" || lower == "false") return lower;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("--{} is either true or false, not \"{}\"", name, value.substr(0, 120)));
}

}  // namespace

Flags::Flags(const std::vector<std::string>& words, const std::vector<FlagDefinition>& known) {
  for (const std::string& word : words) add(word, known);
}

void Flags::add(std::string_view word, const std::vector<FlagDefinition>& known) {
  const std::size_t equals = word.find('=');
  const bool has_value = equals != std::string_view::npos;
  const std::string_view name = word.substr(2, has_value ? equals - 2 : equals);
  const std::string_view value = has_value ? word.substr(equals + 1) : "";
  const FlagDefinition& definition = find_definition(name, known);
  if (definition.kind != FlagKind::kList && find(name) != nullptr) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("--{} is given twice", name));
  }
  if (definition.kind == FlagKind::kBoolean && !has_value) {
    values_.push_back({definition.name, "true"});
    return;
  }
  if (!has_value || (definition.kind == FlagKind::kBoolean && value.empty())) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("--{} lacks its value", name),
                fmt::format("write --{}=VALUE, without blanks around \"=\"", name));
  }
  const bool boolean = definition.kind == FlagKind::kBoolean;
  values_.push_back({definition.name, boolean ? boolean_text(name, value) : std::string(value)});
}

const Flags::Value* Flags::find(std::string_view name) const {
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [name](const Value& value) { return value.name == name; });
  return found == values_.end() ? nullptr : &*found;
}

std::optional<bool> Flags::boolean(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  return value->text == "true";
}

std::string Flags::text(std::string_view name) const {
  const Value* value = find(name);
  return value == nullptr ? "" : value->text;
}

std::vector<std::string> Flags::list(std::string_view name) const {
  std::vector<std::string> texts;
  for (const Value& value : values_) {
    if (value.name == name) texts.push_back(value.text);
  }
  return texts;
}

void refuse_flags(const std::vector<std::string>& words) {
  if (words.empty()) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("unknown flag: {}", std::string_view(words.front()).substr(0, 120)),
              "this instruction has no flags");
}

}  // namespace estiba::dockerfile
