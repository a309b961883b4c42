// .dockerignore, the --exclude patterns of COPY and ADD, and the patterns of COPY --parents: what
// moby/patternmatcher matches.
//
// Patterns are those of match.h plus ** for any number of folders. A pattern that matches a folder
// holds for all that lies in it; "!pattern" takes back; the last pattern that says something wins.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace estiba::dockerfile {

class PathPattern {
 public:
  // A cleaned pattern without "!". Throws kInvalidArgument when malformed.
  explicit PathPattern(std::string text);
  [[nodiscard]] bool matches(std::string_view path) const;
  // Whether a path below the folder `path` could match that is not below a match. May say yes
  // where nothing does.
  [[nodiscard]] bool may_match_below(std::string_view path) const;

 private:
  // All but the last are plain comparisons.
  enum class Kind { kExact, kPrefix, kSuffix, kWildcards };
  enum class ElementKind { kOne, kStar, kAnything, kFoldersBegin, kFolders };
  struct Element {
    ElementKind kind;
    std::string text;  // of kOne: what match_one() takes
  };
  void compile();
  [[nodiscard]] bool matches_elements(std::string_view path) const;
  [[nodiscard]] bool components_may_match_below(std::string_view path) const;

  std::string text_;
  Kind kind_ = Kind::kExact;
  std::vector<Element> elements_;
  // What a match of kWildcards begins and ends with: most paths fail here.
  std::string prefix_;
  std::string suffix_;
};

// Immutable, so safe to use from several threads.
class IgnoreRules {
 public:
  IgnoreRules() = default;  // ignores nothing
  // The text of a .dockerignore; comments, blank lines, BOM and leading slashes as docker reads
  // them. Errors (kInvalidArgument, kResourceExhausted) name file and line.
  static IgnoreRules parse(std::string_view text, const std::string& file_name = ".dockerignore");
  // Patterns given one by one: as in a file, but a "#" and a leading slash mean themselves.
  static IgnoreRules from_patterns(const std::vector<std::string>& patterns);

  // What a walker carries from a folder to its entries, so that no pattern is tried twice.
  struct Verdict {
    bool ignored = false;
    std::vector<bool> matched;  // by pattern; empty for the context's root
  };
  // `path` is relative to the root, "a/b", without "." and ".."; `folder` is the verdict on its
  // parent. A folder that is ignored still appears when something below it is kept.
  [[nodiscard]] Verdict judge(std::string_view path, const Verdict& folder) const;
  // The same for a path alone: its parents are judged first.
  [[nodiscard]] bool ignored(std::string_view path) const;
  // Whether an ignored folder must be entered because an exception could keep something in it.
  [[nodiscard]] bool may_have_exceptions_below(std::string_view path) const;
  // Whether something below the folder could match a pattern that is no exception.
  [[nodiscard]] bool may_match_below(std::string_view path) const;
  [[nodiscard]] bool has_exceptions() const { return has_exceptions_; }
  [[nodiscard]] bool empty() const { return rules_.empty(); }

 private:
  struct Rule {
    PathPattern pattern;
    bool exception;
  };
  enum class LeadingSlash { kDropped, kKept };
  void add(std::string_view line, LeadingSlash slash);

  std::vector<Rule> rules_;
  bool has_exceptions_ = false;
};

}  // namespace estiba::dockerfile
