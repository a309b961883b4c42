// What only changes the image's configuration: ENV, LABEL, ARG, USER and the like.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "dockerfile/arguments.h"
#include "dockerfile/flags.h"
#include "dockerfile/located_error.h"
#include "dockerfile/statement_readers.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile::readers {
namespace {

// The whole rest of the line, blanks included.
std::string one_argument(const Statement& statement, std::string_view instruction) {
  refuse_flags(statement.flags);
  if (statement.arguments.empty()) {
    refuse(fmt::format("{} requires exactly one argument", instruction));
  }
  return statement.arguments;
}

std::vector<KeyValue> key_values(const Statement& statement, std::string_view instruction) {
  refuse_flags(statement.flags);
  std::vector<KeyValue> pairs =
      split_key_values(statement.arguments, statement.escape, instruction);
  if (pairs.empty()) refuse(fmt::format("{} requires at least one argument", instruction));
  return pairs;
}

// "# NAME what it is for"
std::string comment_on(const std::string& name, const std::vector<std::string>& comments) {
  for (const std::string& comment : comments) {
    if (!name.empty() && comment.size() > name.size() && comment.starts_with(name) &&
        comment[name.size()] == ' ') {
      return comment.substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace

Instruction::Body env(const Statement& statement) {
  return Env{key_values(statement, "ENV")};
}

Instruction::Body label(const Statement& statement) {
  return Label{key_values(statement, "LABEL")};
}

Instruction::Body arg(const Statement& statement) {
  refuse_flags(statement.flags);
  Arg result;
  for (const std::string& word : split_quoted(statement.arguments, statement.escape)) {
    const std::size_t equals = word.find('=');
    ArgDeclaration declaration;
    declaration.name = word.substr(0, equals);
    if (declaration.name.empty()) refuse("ARG has a name that is blank");
    if (equals != std::string::npos) declaration.value = word.substr(equals + 1);
    declaration.comment = comment_on(declaration.name, statement.source.comments);
    result.declarations.push_back(std::move(declaration));
  }
  if (result.declarations.empty()) refuse("ARG requires at least one argument");
  return result;
}

Instruction::Body maintainer(const Statement& statement) {
  return Maintainer{one_argument(statement, "MAINTAINER")};
}

Instruction::Body workdir(const Statement& statement) {
  return Workdir{one_argument(statement, "WORKDIR")};
}

Instruction::Body user(const Statement& statement) {
  return User{one_argument(statement, "USER")};
}

Instruction::Body stop_signal(const Statement& statement) {
  return StopSignal{one_argument(statement, "STOPSIGNAL")};
}

Instruction::Body expose(const Statement& statement) {
  refuse_flags(statement.flags);
  Expose result{split_blanks(statement.arguments)};
  if (result.ports.empty()) refuse("EXPOSE requires at least one argument");
  // Sorted as docker does, so that an order without meaning does not miss the cache.
  std::sort(result.ports.begin(), result.ports.end());
  return result;
}

Instruction::Body volume(const Statement& statement) {
  refuse_flags(statement.flags);
  std::optional<std::vector<std::string>> array = parse_string_array(statement.arguments);
  const std::vector<std::string> words =
      array ? std::move(*array) : split_blanks(statement.arguments);
  if (words.empty()) refuse("VOLUME requires at least one argument");
  Volume result;
  for (const std::string& word : words) {
    const std::string_view path = trim_space(word);
    if (path.empty()) refuse("VOLUME cannot be an empty path");
    result.paths.emplace_back(path);
  }
  return result;
}

}  // namespace estiba::dockerfile::readers
