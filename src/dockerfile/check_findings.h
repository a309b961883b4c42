// What the groups of build checks find, and where each group is.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dockerfile/checks.h"
#include "dockerfile/instruction.h"

namespace estiba::dockerfile {

// Leaves out what the file, or a comment above the instruction, skips. Not thread-safe.
class Findings {
 public:
  explicit Findings(const CheckOptions& options) : options_(options) {}

  void add(std::string_view rule, std::string message, const SourceText& source);
  void add(std::string_view rule, std::string message, int line);
  // Ordered by line; the same is said once.
  [[nodiscard]] std::vector<Warning> take();

 private:
  [[nodiscard]] bool wanted(std::string_view rule) const;

  const CheckOptions& options_;
  std::vector<Warning> warnings_;
};

// Variables and platforms: UndefinedVar, UndefinedArgInFrom, InvalidDefaultArgInFrom,
// RedundantTargetPlatform, FromPlatformFlagConstDisallowed, InvalidBaseImagePlatform,
// WorkdirRelativePath.
void check_variables(const Dockerfile& file, const CheckInputs& inputs, Findings& findings);
// CopyIgnoredFile.
void check_ignored_sources(const Dockerfile& file, const IgnoreRules& ignore, Findings& findings);
// Our own rules.
void check_practices(const Dockerfile& file, Findings& findings);

}  // namespace estiba::dockerfile
