#include "build/git_source.h"

#include <cctype>
#include <vector>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "fs/tree.h"

namespace estiba::build {
namespace {

bool is_remote(std::string_view text) {
  if (text.starts_with("git@") || text.starts_with("git://") || text.starts_with("ssh://")) {
    return true;
  }
  return (text.starts_with("http://") || text.starts_with("https://")) && text.ends_with(".git");
}

std::string clean_subdirectory(std::string_view path) {
  std::vector<std::string> kept;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      throw Error(ErrorCode::kInvalidArgument,
                  "the directory " + std::string(path) + " leads out of the repository");
    }
    kept.push_back(std::move(part));
  }
  return join(kept, "/");
}

class Git {
 public:
  Git(const std::string& directory, std::stop_token stop)
      : directory_(directory), stop_(std::move(stop)) {}

  CapturedOutput run(std::vector<std::string> arguments) {
    ProcessOptions options;
    // Files of a checkout have the modes of the repository, whatever our own umask is.
    options.argv = {"sh",  "-c", "umask 022 && GIT_TERMINAL_PROMPT=0 exec git \"$@\"",
                    "git", "-C", directory_};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.own_process_group = true;
    CapturedOutput output = run_captured(options, stop_);
    if (stop_.stop_requested()) throw Error(ErrorCode::kCancelled, "the build was stopped");
    return output;
  }

  std::string must_run(const std::vector<std::string>& arguments) {
    const CapturedOutput output = run(arguments);
    if (output.status.success()) return std::string(trim(output.standard_output));
    throw Error(ErrorCode::kUnavailable,
                "git " + arguments.front() + ": " + std::string(trim(output.standard_error)));
  }

 private:
  const std::string& directory_;
  std::stop_token stop_;
};

void fetch(Git& git, const GitSource& source) {
  const std::string wanted = source.reference.empty() ? "HEAD" : source.reference;
  git.must_run({"init", "-q"});
  git.must_run({"remote", "add", "origin", source.remote});
  // A shallow fetch is enough, but not every server gives one, or one commit by its name.
  if (git.run({"fetch", "-q", "--depth=1", "origin", wanted}).status.success()) {
    git.must_run({"checkout", "-q", "FETCH_HEAD"});
    return;
  }
  git.must_run({"fetch", "-q", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"});
  if (!source.reference.empty()) {
    if (git.run({"checkout", "-q", "--detach", "origin/" + wanted}).status.success()) return;
    git.must_run({"checkout", "-q", "--detach", wanted});
    return;
  }
  git.must_run({"fetch", "-q", "origin", "HEAD"});
  git.must_run({"checkout", "-q", "FETCH_HEAD"});
}

}  // namespace

std::optional<GitSource> parse_git_source(std::string_view text) {
  const std::size_t hash = text.find('#');
  const std::string_view remote = text.substr(0, hash);
  if (!is_remote(remote)) return std::nullopt;
  GitSource source;
  source.remote = remote;
  if (hash == std::string_view::npos) return source;
  const std::string_view fragment = text.substr(hash + 1);
  const std::size_t colon = fragment.find(':');
  source.reference = fragment.substr(0, colon);
  if (colon != std::string_view::npos) {
    source.subdirectory = clean_subdirectory(fragment.substr(colon + 1));
  }
  if (source.reference.starts_with('-')) {
    throw Error(ErrorCode::kInvalidArgument, "\"" + source.reference + "\" names no Git reference");
  }
  return source;
}

std::string check_out(const GitSource& source, const GitCheckoutOptions& options,
                      std::stop_token stop) {
  return with_context(
      [&] { return "fetching " + source.remote; },
      [&] {
        Git git(options.directory, std::move(stop));
        fetch(git, source);
        git.must_run({"submodule", "-q", "update", "--init", "--recursive"});
        const std::string commit = git.must_run({"rev-parse", "HEAD"});
        if (!options.commit.empty() && !commit.starts_with(to_lower(options.commit))) {
          throw Error(ErrorCode::kDataLoss,
                      "the commit is " + commit + ", not " + options.commit + " as asked for");
        }
        if (!options.keep_git_directory) fs::remove_tree(options.directory + "/.git");
        return commit;
      });
}

}  // namespace estiba::build
