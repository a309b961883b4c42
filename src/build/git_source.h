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
  std::string commit;        // must be what is checked out, in full or abbreviated; empty: any
  std::optional<bool> keep_git_directory{};  // where the address says so
  bool submodules = true;
};

// "https://host/x.git#ref:dir", "https://host/x.git?ref=v1&subdir=dir", "git@host:x.git",
// "git://...", "ssh://..."; nothing for what names no repository. Throws kInvalidArgument for
// references that git would take as options, and for queries that it does not know.
[[nodiscard]] std::optional<GitSource> parse_git_source(std::string_view text);

struct GitCheckoutOptions {
  std::string directory;  // exists and is empty; receives the files
  bool keep_git_directory = false;
};

// The commit that the reference means today: asks the remote, fetches nothing. Nothing when the
// remote does not answer or has no such reference (an abbreviated commit).
[[nodiscard]] std::optional<std::string> remote_commit(const GitSource& source,
                                                       std::stop_token stop);

// Checks out with submodules, by the git program. Returns the commit. Nothing prompts: credentials
// are those that git is configured with. Throws kUnavailable with git's words, kDataLoss when the
// commit is another.
std::string check_out(const GitSource& source, const GitCheckoutOptions& options,
                      std::stop_token stop);

}  // namespace estiba::build
