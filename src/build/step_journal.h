// What each step of a Dockerfile was made of when it was built last: lets a build say what changed.
//
// One small file for each step of each context and Dockerfile, below the store's context-cache/. A
// file that is damaged or missing is as good as none; a failure to write is no failure of the
// build.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/cache_key.h"
#include "build/observer.h"
#include "oci/digest.h"

namespace estiba::build {

struct JournalEntry {
  Digest key;
  std::string text;  // the instruction
  KeyFields fields;
};

// Thread-safe: different steps use different files.
class StepJournal {
 public:
  // `directory` need not exist.
  explicit StepJournal(std::string directory) : directory_(std::move(directory)) {}

  // The step as it was: by its text in its stage, else by its place there.
  [[nodiscard]] std::optional<JournalEntry> find(const Step& step) const;
  // Writes only when the key differs from the one that is there.
  void note(const Step& step, const JournalEntry& entry) noexcept;

 private:
  [[nodiscard]] std::string path(const Step& step, std::size_t position) const;

  std::string directory_;
};

// What differs, a sentence each: "the content of src/main.c changed from 1f.. to 8a..". `below`
// is how a person calls what the step stands on.
[[nodiscard]] std::vector<std::string> describe_changes(const JournalEntry& before,
                                                        const JournalEntry& after,
                                                        const std::string& below);

}  // namespace estiba::build
