// Files from a Git repository: ADD, and build contexts.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace estiba::build {

struct GitSource {
  std::string remote;        // what git fetches from
  std::string reference;     // branch, tag or commit; empty: the default branch
  std::string subdirectory;  // "a/b"; empty: all
};

// "https://host/x.git#ref:dir", "git@host:x.git", "git://...", "ssh://..."; nothing for what names
// no repository. Throws kInvalidArgument for references that git would take as options.
[[nodiscard]] std::optional<GitSource> parse_git_source(std::string_view text);

struct GitCheckoutOptions {
  std::string directory;  // exists and is empty; receives the files
  bool keep_git_directory = false;
  std::string commit;  // must be what is checked out, in full or abbreviated; empty: any
};

// Checks out with submodules, by the git program. Returns the commit. Nothing prompts: credentials
// are those that git is configured with. Throws kUnavailable with git's words, kDataLoss when the
// commit is another.
std::string check_out(const GitSource& source, const GitCheckoutOptions& options,
                      std::stop_token stop);

}  // namespace estiba::build
