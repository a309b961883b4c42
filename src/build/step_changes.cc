// How two makings of one step differ, in words.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "build/step_journal.h"

namespace estiba::build {
namespace {

constexpr std::size_t kShownChanges = 12;
constexpr std::size_t kShownBytes = 160;

using Values = std::map<std::string, std::string>;

// Fields by what a person calls them; those that may stand several times get names of their own.
Values by_words(const KeyFields& fields) {
  Values values;
  for (const auto& [name, value] : fields) {
    if (name == "argument") {
      std::string& command = values["the command"];
      command += (command.empty() ? "" : " ") + value;
    } else if (name == "environment") {
      const std::size_t equals = value.find('=');
      values["the variable " + value.substr(0, equals)] = value.substr(equals + 1);
    } else if (name == "mount") {
      values["the mount " + value] = "there";
    } else if (name.starts_with("file ")) {
      values["the content of " + name.substr(5)] = value;
    } else {
      values[name] = value;
    }
  }
  return values;
}

std::string shown(const std::string& value) {
  if (value.empty()) return "\"\"";
  if (value.starts_with("sha256:")) return value.substr(0, 19);
  std::string text = value.substr(0, kShownBytes);
  std::ranges::replace(text, '\n', ' ');
  return "\"" + text + (value.size() > kShownBytes ? "...\"" : "\"");
}

std::string sentence(const std::string& name, const std::string* before, const std::string* after) {
  if (name.starts_with("the content of ")) {
    const std::string file = name.substr(15);
    if (before == nullptr) return file + " was added";
    if (after == nullptr) return file + " is gone";
    const auto content = [](const std::string& value) { return value.substr(0, value.find(' ')); };
    const auto mode = [](const std::string& value) { return value.substr(value.find(' ') + 1); };
    if (content(*before) == content(*after)) {
      return fmt::format("the mode of {} changed from {} to {}", file, mode(*before), mode(*after));
    }
    return fmt::format("{} changed from {} to {}", name, content(*before), content(*after));
  }
  if (before == nullptr) return fmt::format("{} is new: {}", name, shown(*after));
  if (after == nullptr) return fmt::format("{} is gone; it was {}", name, shown(*before));
  return fmt::format("{} changed from {} to {}", name, shown(*before), shown(*after));
}

// What says the same in other words, or follows from something else.
void drop_consequences(std::set<std::string>& changed) {
  if (changed.contains("stack")) changed.erase("base");
  const bool has_file = std::ranges::any_of(
      changed, [](const std::string& name) { return name.starts_with("the content of "); });
  if (has_file) changed.erase("items");
  if (changed.size() > 1) changed.erase("config");
}

}  // namespace

std::vector<std::string> describe_changes(const JournalEntry& before, const JournalEntry& after,
                                          const std::string& below) {
  const Values old_values = by_words(before.fields);
  const Values new_values = by_words(after.fields);
  std::set<std::string> changed;
  for (const auto& [name, value] : new_values) {
    const auto old = old_values.find(name);
    if (old == old_values.end() || old->second != value) changed.insert(name);
  }
  for (const auto& [name, value] : old_values) {
    if (!new_values.contains(name)) changed.insert(name);
  }
  drop_consequences(changed);
  std::vector<std::string> sentences;
  for (const std::string& name : changed) {
    if (sentences.size() == kShownChanges) {
      sentences.push_back(fmt::format("and {} more", changed.size() - kShownChanges));
      break;
    }
    const auto old = old_values.find(name);
    const auto now = new_values.find(name);
    const bool is_below = name == "stack" || name == "base";
    sentences.push_back(sentence(is_below ? below : name,
                                 old == old_values.end() ? nullptr : &old->second,
                                 now == new_values.end() ? nullptr : &now->second));
  }
  return sentences;
}

}  // namespace estiba::build
