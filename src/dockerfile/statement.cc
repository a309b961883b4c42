#include "dockerfile/statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/arguments.h"
#include "dockerfile/flags.h"
#include "dockerfile/limits.h"
#include "dockerfile/located_error.h"
#include "dockerfile/statement_readers.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

using Reader = Instruction::Body (*)(const Statement&);

struct Entry {
  std::string_view name;
  Reader read;
};

Instruction::Body read_on_build(const Statement& statement);

constexpr std::array<Entry, 17> kReaders = {{
    {"add", readers::add},
    {"arg", readers::arg},
    {"cmd", readers::cmd},
    {"copy", readers::copy},
    {"entrypoint", readers::entrypoint},
    {"env", readers::env},
    {"expose", readers::expose},
    {"healthcheck", readers::health_check},
    {"label", readers::label},
    {"maintainer", readers::maintainer},
    {"onbuild", read_on_build},
    {"run", readers::run},
    {"shell", readers::shell},
    {"stopsignal", readers::stop_signal},
    {"user", readers::user},
    {"volume", readers::volume},
    {"workdir", readers::workdir},
}};

std::string upper_case(std::string text) {
  for (char& letter : text) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return text;
}

[[noreturn]] void refuse_unknown(const std::string& keyword) {
  std::string hint;
  if (keyword.size() <= kMaxSuggestedWordBytes) {
    std::vector<std::string> names = {"from"};
    for (const Entry& entry : kReaders) names.emplace_back(entry.name);
    const std::string nearest = nearest_word(to_lower(keyword), names);
    if (!nearest.empty()) hint = fmt::format("did you mean {}?", upper_case(nearest));
  }
  if (keyword.empty()) refuse("a continuation line continues nothing");
  refuse(fmt::format("unknown instruction: {}", keyword.substr(0, 120)), hint);
}

Instruction::Body read_on_build(const Statement& statement) {
  refuse_flags(statement.flags);
  SourceText source = statement.source;
  Statement inner = make_statement(statement.arguments, std::move(source), statement.escape);
  const std::string keyword = to_lower(inner.source.keyword);
  if (keyword.empty()) refuse("ONBUILD requires at least one argument");
  if (keyword == "onbuild") refuse("ONBUILD cannot be chained: ONBUILD ONBUILD is not allowed");
  if (keyword == "from" || keyword == "maintainer") {
    refuse(fmt::format("{} is not allowed as an ONBUILD trigger", upper_case(keyword)));
  }
  OnBuild result;
  result.expression = split_keyword(statement.source.original).rest;
  for (const Heredoc& heredoc : statement.heredocs) {
    result.expression += "\n" + heredoc.content + heredoc.name;
  }
  inner.heredocs = statement.heredocs;
  Instruction::Body body = read_body(inner);
  result.trigger =
      std::make_shared<const Instruction>(Instruction{std::move(inner.source), std::move(body)});
  return result;
}

// [a-z][a-z0-9-_.]*
bool is_stage_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kAll = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !name.empty() && kLetters.find(name.front()) != std::string_view::npos &&
         name.find_first_not_of(kAll) == std::string_view::npos;
}

bool has_heredocs(std::string_view keyword) {
  return keyword == "add" || keyword == "copy" || keyword == "run";
}

}  // namespace

Statement make_statement(std::string_view line, SourceText source, char escape) {
  Statement statement;
  statement.source = std::move(source);
  statement.source.original = trim_space(line);
  statement.escape = escape;
  const KeywordSplit split = split_keyword(line);
  statement.source.keyword = split.keyword;
  FlagSplit flags = split_flags(split.rest, escape);
  statement.flags = std::move(flags.flags);
  statement.arguments = flags.rest;
  return statement;
}

std::vector<Heredoc> announced_heredocs(const Statement& statement) {
  if (statement.source.original.find("<<") == std::string::npos) return {};
  std::string keyword = to_lower(statement.source.keyword);
  std::string_view arguments = statement.arguments;
  FlagSplit inner;
  if (keyword == "onbuild") {
    const KeywordSplit split = split_keyword(arguments);
    keyword = to_lower(split.keyword);
    inner = split_flags(split.rest, statement.escape);
    arguments = inner.rest;
  }
  if (!has_heredocs(keyword) || parse_string_array(arguments)) return {};
  return find_heredocs(statement.source.original);
}

bool is_from(const Statement& statement) {
  return to_lower(statement.source.keyword) == "from";
}

From read_from(const Statement& statement) {
  const std::vector<std::string> words = split_blanks(statement.arguments);
  const bool named = words.size() == 3 && to_lower(words[1]) == "as";
  if (words.size() != 1 && !named) {
    refuse("FROM requires either one or three arguments",
           "write FROM IMAGE, or FROM IMAGE AS NAME");
  }
  From from;
  from.image = words.front();
  from.platform = Flags(statement.flags, {{"platform", FlagKind::kText}}).text("platform");
  if (!named) return from;
  from.name = to_lower(words[2]);
  if (!is_stage_name(from.name)) {
    refuse(fmt::format("invalid name for a build stage: \"{}\"", words[2].substr(0, 120)),
           "a name begins with a letter, and goes on with letters, digits, \"-\", \"_\" and \".\"");
  }
  return from;
}

Instruction::Body read_body(const Statement& statement) {
  const std::string keyword = to_lower(statement.source.keyword);
  for (const Entry& entry : kReaders) {
    if (entry.name == keyword) return entry.read(statement);
  }
  refuse_unknown(statement.source.keyword);
}

}  // namespace estiba::dockerfile
