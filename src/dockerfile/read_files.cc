// COPY and ADD.
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "dockerfile/arguments.h"
#include "dockerfile/expand.h"
#include "dockerfile/flags.h"
#include "dockerfile/located_error.h"
#include "dockerfile/statement_readers.h"

namespace estiba::dockerfile::readers {
namespace {

// A word of which the quotes don't close is a path.
std::optional<Heredoc> heredoc_word(std::string_view word) {
  try {
    return parse_heredoc(word);
  } catch (const Error&) {
    return std::nullopt;
  }
}

class SourceReader {
 public:
  SourceReader(const Statement& statement, std::string_view instruction)
      : statement_(statement), instruction_(instruction), taken_(statement.heredocs.size()) {}

  FileSources read() {
    std::optional<std::vector<std::string>> array = parse_string_array(statement_.arguments);
    const bool plain = array.has_value();
    std::vector<std::string> words = plain ? std::move(*array) : split_blanks(statement_.arguments);
    if (words.size() < 2) {
      refuse(fmt::format("{} requires at least two arguments, a source and a destination",
                         instruction_));
    }
    FileSources sources;
    sources.destination = std::move(words.back());
    words.pop_back();
    if (!plain && heredoc_word(sources.destination)) {
      refuse(fmt::format("{} cannot accept a heredoc as a destination", instruction_));
    }
    for (std::string& word : words) {
      const std::optional<Heredoc> heredoc = plain ? std::nullopt : heredoc_word(word);
      if (heredoc) {
        sources.files.push_back(take_heredoc(*heredoc));
      } else {
        sources.paths.push_back(std::move(word));
      }
    }
    return sources;
  }

 private:
  InlineFile take_heredoc(const Heredoc& announced) {
    for (std::size_t i = 0; i < statement_.heredocs.size(); ++i) {
      const Heredoc& heredoc = statement_.heredocs[i];
      if (taken_[i] || heredoc.name != announced.name) continue;
      taken_[i] = true;
      return {heredoc.name, heredoc.text(), heredoc.expand};
    }
    refuse(fmt::format("the heredoc {} has no content", announced.name),
           "a quote on the line does not close");
  }

  const Statement& statement_;
  std::string_view instruction_;
  std::vector<bool> taken_;
};

void check_from(const std::string& from) {
  const auto unset = [](std::string_view) { return std::optional<std::string>(); };
  if (expand_word(from, unset) == from) return;
  refuse("--from cannot hold variables",
         "name a stage with FROM, which may use global ARGs, and copy from that");
}

}  // namespace

Instruction::Body copy(const Statement& statement) {
  const Flags flags(statement.flags, {{"from", FlagKind::kText},
                                      {"chown", FlagKind::kText},
                                      {"chmod", FlagKind::kText},
                                      {"link", FlagKind::kBoolean},
                                      {"parents", FlagKind::kBoolean},
                                      {"exclude", FlagKind::kList}});
  Copy result;
  result.from = flags.text("from");
  check_from(result.from);
  result.owner = flags.text("chown");
  result.mode = flags.text("chmod");
  result.link = flags.boolean("link").value_or(false);
  result.parents = flags.boolean("parents").value_or(false);
  result.excludes = flags.list("exclude");
  result.sources = SourceReader(statement, "COPY").read();
  return result;
}

Instruction::Body add(const Statement& statement) {
  const Flags flags(statement.flags, {{"chown", FlagKind::kText},
                                      {"chmod", FlagKind::kText},
                                      {"link", FlagKind::kBoolean},
                                      {"exclude", FlagKind::kList},
                                      {"checksum", FlagKind::kText},
                                      {"keep-git-dir", FlagKind::kBoolean},
                                      {"unpack", FlagKind::kBoolean}});
  Add result;
  result.owner = flags.text("chown");
  result.mode = flags.text("chmod");
  result.link = flags.boolean("link").value_or(false);
  result.excludes = flags.list("exclude");
  result.checksum = flags.text("checksum");
  result.keep_git_directory = flags.boolean("keep-git-dir");
  result.unpack = flags.boolean("unpack");
  result.sources = SourceReader(statement, "ADD").read();
  return result;
}

}  // namespace estiba::dockerfile::readers
