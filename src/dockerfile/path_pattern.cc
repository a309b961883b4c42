// The meaning of patterns is the one that moby/patternmatcher gives them by its regular
// expressions:
//   *   is [^/]*, ? is [^/], a class is a class
//   **  at the end is .*, elsewhere (with a "/" behind it, if there is one) it is (.*/)?
//   **  at the start of a pattern without other wildcards means "ends with what follows"
// Here a pattern is a row of elements, and matching advances the set of elements that could come
// next by one character at a time: no pattern costs more than its length for each character.
#include <algorithm>
#include <utility>

#include "dockerfile/glob.h"
#include "dockerfile/ignore.h"
#include "dockerfile/match.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

std::string_view take_component(std::string_view& path) {
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view component = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return component;
}

// The character that an element of a pattern stands for alone, or nothing for ? and classes.
std::string_view literal(std::string_view element) {
  if (element.front() == '\\') return element.substr(1);
  return element.front() == '?' || element.front() == '[' ? std::string_view() : element;
}

}  // namespace

PathPattern::PathPattern(std::string text) : text_(std::move(text)) {
  check_pattern(text_);
  compile();
  if (kind_ != Kind::kWildcards) return;
  for (const Element& element : elements_) {
    if (element.kind != ElementKind::kOne || literal(element.text).empty()) {
      suffix_.clear();
      continue;
    }
    suffix_ += literal(element.text);
  }
  for (const Element& element : elements_) {
    if (element.kind != ElementKind::kOne || literal(element.text).empty()) break;
    prefix_ += literal(element.text);
  }
}

void PathPattern::compile() {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const bool first = rest.size() == text_.size();
    if (rest.starts_with("**")) {
      rest.remove_prefix(rest.starts_with("**/") ? 3 : 2);
      if (rest.empty()) {
        elements_.push_back({ElementKind::kAnything, {}});
        kind_ = kind_ == Kind::kExact ? Kind::kPrefix : Kind::kWildcards;
      } else {
        elements_.push_back({ElementKind::kFoldersBegin, {}});
        elements_.push_back({ElementKind::kFolders, {}});
        kind_ = Kind::kWildcards;
      }
      if (first) kind_ = Kind::kSuffix;
    } else if (rest.starts_with('*')) {
      rest.remove_prefix(1);
      elements_.push_back({ElementKind::kStar, {}});
      kind_ = Kind::kWildcards;
    } else {
      const std::string_view before = rest;
      skip_one(rest);
      const std::string_view element = before.substr(0, before.size() - rest.size());
      if (literal(element) != element) kind_ = Kind::kWildcards;
      elements_.push_back({ElementKind::kOne, std::string(element)});
    }
  }
}

bool PathPattern::matches(std::string_view path) const {
  switch (kind_) {
    case Kind::kExact:
      return path == text_;
    case Kind::kPrefix:
      return path.starts_with(std::string_view(text_).substr(0, text_.size() - 2));
    case Kind::kSuffix: {
      const std::string_view suffix = std::string_view(text_).substr(2);
      return path.ends_with(suffix) || (suffix.starts_with('/') && path == suffix.substr(1));
    }
    case Kind::kWildcards:
      return path.starts_with(prefix_) && path.ends_with(suffix_) && matches_elements(path);
  }
  return false;
}

bool PathPattern::matches_elements(std::string_view path) const {
  const std::size_t end = elements_.size();
  std::vector<bool> current(end + 1);
  std::vector<bool> next(end + 1);
  // Adds a place in the pattern, and those that can follow it without a character.
  const auto add = [&](std::vector<bool>& places, std::size_t place) {
    while (!places[place]) {
      places[place] = true;
      if (place == end) return;
      const ElementKind kind = elements_[place].kind;
      if (kind == ElementKind::kFoldersBegin) {
        places[place + 1] = true;
        place += 2;
      } else if (kind == ElementKind::kStar || kind == ElementKind::kAnything) {
        ++place;
      } else {
        return;
      }
    }
  };
  add(current, 0);
  while (!path.empty()) {
    const Rune rune = first_rune(path);
    path.remove_prefix(rune.size_bytes);
    std::fill(next.begin(), next.end(), false);
    for (std::size_t place = 0; place < end; ++place) {
      if (!current[place]) continue;
      const Element& element = elements_[place];
      std::string_view one = element.text;
      const bool slash = rune.value == '/';
      if (element.kind == ElementKind::kOne && match_one(one, rune.value)) add(next, place + 1);
      if (element.kind == ElementKind::kStar && !slash) add(next, place);
      if (element.kind == ElementKind::kAnything) add(next, place);
      if (element.kind == ElementKind::kFolders) {
        next[place] = true;
        if (slash) add(next, place + 1);
      }
    }
    std::swap(current, next);
  }
  return current[end];
}

bool PathPattern::may_match_below(std::string_view path) const {
  const std::string folder = std::string(path) + "/";
  switch (kind_) {
    case Kind::kExact:
      return text_.starts_with(folder);
    case Kind::kPrefix: {
      const std::string_view prefix = std::string_view(text_).substr(0, text_.size() - 2);
      return prefix.starts_with(folder) || folder.starts_with(prefix);
    }
    case Kind::kSuffix:
      return true;
    case Kind::kWildcards:
      return components_may_match_below(path);
  }
  return true;
}

bool PathPattern::components_may_match_below(std::string_view path) const {
  std::string_view pattern = text_;
  while (!path.empty() && !pattern.empty()) {
    const std::string_view component = take_component(pattern);
    // What could reach over several folders is not worth a closer look.
    if (component.find("**") != std::string_view::npos ||
        component.find_first_of("[\\") != std::string_view::npos) {
      return true;
    }
    if (!match_path(component, take_component(path))) return false;
  }
  return !pattern.empty();
}

}  // namespace estiba::dockerfile
