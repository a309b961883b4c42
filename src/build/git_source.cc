#include "build/git_source.h"

#include <map>
#include <set>
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

bool is_commit(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
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

[[noreturn]] void refuse_query(const std::string& what, std::string hint = "") {
  throw Error(ErrorCode::kInvalidArgument, "in the query of the Git address " + what,
              std::move(hint));
}

// "?ref=v1&subdir=a": the parts of a GitSource by name.
class QueryReader {
 public:
  explicit QueryReader(GitSource& source) : source_(source) {}

  void read(std::string_view query) {
    for (const std::string& pair : split(query, '&')) {
      if (pair.empty()) continue;
      const std::size_t equals = pair.find('=');
      const std::string name = pair.substr(0, equals);
      if (!seen_.insert(name).second) refuse_query("\"" + name + "\" stands twice");
      set(name, equals == std::string::npos ? "" : pair.substr(equals + 1));
    }
  }

 private:
  void set(const std::string& name, const std::string& value) {
    if (name == "keep-git-dir") {
      source_.keep_git_directory = boolean(name, value);
    } else if (name == "submodules") {
      source_.submodules = boolean(name, value);
    } else if (name != "ref" && name != "tag" && name != "branch" && name != "subdir" &&
               name != "checksum" && name != "commit") {
      const std::string near = nearest_word(name, {"ref", "tag", "branch", "subdir", "checksum",
                                                   "commit", "keep-git-dir", "submodules"});
      refuse_query("\"" + name + "\" is unknown",
                   near.empty() ? "" : "did you mean \"" + near + "\"?");
    } else if (value.empty()) {
      refuse_query("\"" + name + "\" has no value");
    } else if (name == "subdir") {
      set_once(source_.subdirectory, clean_subdirectory(value), name);
    } else if (name == "checksum" || name == "commit") {
      set_once(source_.commit, value, name);
    } else {
      set_once(source_.reference, whole_reference(name, value), name);
    }
  }

  static std::string whole_reference(const std::string& name, const std::string& value) {
    const std::string prefix = name == "tag" ? "refs/tags/" : "refs/heads/";
    return name == "ref" || value.starts_with(prefix) ? value : prefix + value;
  }

  static void set_once(std::string& field, std::string value, const std::string& name) {
    if (!field.empty() && field != value) {
      refuse_query("\"" + name + "\" is \"" + value + "\", but \"" + field + "\" was named before");
    }
    field = std::move(value);
  }

  static bool boolean(const std::string& name, const std::string& value) {
    if (value.empty() || value == "1" || value == "true") return true;
    if (value == "0" || value == "false") return false;
    refuse_query("\"" + name + "\" is neither true nor false: \"" + value + "\"");
  }

  GitSource& source_;
  std::set<std::string> seen_;
};

class Git {
 public:
  Git(std::string directory, std::stop_token stop)
      : directory_(std::move(directory)), stop_(std::move(stop)) {}

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
  std::string directory_;
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
    constexpr std::string_view kHeads = "refs/heads/";
    const std::string branch = wanted.starts_with(kHeads) ? wanted.substr(kHeads.size()) : wanted;
    if (git.run({"checkout", "-q", "--detach", "origin/" + branch}).status.success()) return;
    git.must_run({"checkout", "-q", "--detach", wanted});
    return;
  }
  git.must_run({"fetch", "-q", "origin", "HEAD"});
  git.must_run({"checkout", "-q", "FETCH_HEAD"});
}

}  // namespace

std::optional<GitSource> parse_git_source(std::string_view text) {
  const std::size_t hash = text.find('#');
  const std::string_view address = text.substr(0, hash);
  const std::size_t question = address.find('?');
  const std::string_view remote = address.substr(0, question);
  if (!is_remote(remote)) return std::nullopt;
  GitSource source;
  source.remote = remote;
  if (hash != std::string_view::npos) {
    const std::string_view fragment = text.substr(hash + 1);
    const std::size_t colon = fragment.find(':');
    source.reference = fragment.substr(0, colon);
    if (colon != std::string_view::npos) {
      source.subdirectory = clean_subdirectory(fragment.substr(colon + 1));
    }
  }
  if (question != std::string_view::npos) {
    QueryReader(source).read(address.substr(question + 1));
  }
  if (source.reference.starts_with('-')) {
    throw Error(ErrorCode::kInvalidArgument, "\"" + source.reference + "\" names no Git reference");
  }
  return source;
}

std::optional<std::string> remote_commit(const GitSource& source, std::stop_token stop) {
  if (is_commit(source.reference)) return source.reference;
  const std::string wanted = source.reference.empty() ? "HEAD" : source.reference;
  Git git("/", std::move(stop));
  const CapturedOutput answer =
      git.run({"ls-remote", "-q", "--", source.remote, wanted, wanted + "^{}"});
  if (!answer.status.success()) return std::nullopt;
  std::map<std::string, std::string> commits;  // by the whole name of the reference
  for (const std::string& line : split(answer.standard_output, '\n')) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos) commits[line.substr(tab + 1)] = line.substr(0, tab);
  }
  // In the order in which a fetch looks for it; a tag's commit is that of what it stands on.
  for (const char* place : {"", "refs/tags/", "refs/heads/"}) {
    for (const char* peeled : {"^{}", ""}) {
      const auto found = commits.find(place + wanted + peeled);
      if (found != commits.end() && is_commit(found->second)) return found->second;
    }
  }
  return std::nullopt;
}

std::string check_out(const GitSource& source, const GitCheckoutOptions& options,
                      std::stop_token stop) {
  return with_context(
      [&] { return "fetching " + source.remote; },
      [&] {
        Git git(options.directory, std::move(stop));
        fetch(git, source);
        if (source.submodules) {
          git.must_run({"submodule", "-q", "update", "--init", "--recursive"});
        }
        const std::string commit = git.must_run({"rev-parse", "HEAD"});
        if (!source.commit.empty() && !commit.starts_with(to_lower(source.commit))) {
          throw Error(ErrorCode::kDataLoss,
                      "the commit is " + commit + ", not " + source.commit + " as asked for");
        }
        if (!source.keep_git_directory.value_or(options.keep_git_directory)) {
          fs::remove_tree(options.directory + "/.git");
        }
        return commit;
      });
}

}  // namespace estiba::build
