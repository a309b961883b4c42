#include "dockerfile/parser.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "dockerfile/limits.h"
#include "dockerfile/located_error.h"
#include "dockerfile/source.h"
#include "dockerfile/statement.h"

namespace estiba::dockerfile {
namespace {

// Logical lines as statements, with their heredocs.
class StatementReader {
 public:
  StatementReader(std::string_view text, const std::string& file_name)
      : reader_(text, file_name), file_name_(file_name) {}

  std::optional<Statement> next() {
    std::optional<LogicalLine> line = reader_.next();
    if (!line) return std::nullopt;
    if (++count_ > kMaxInstructions) {
      throw Error(ErrorCode::kResourceExhausted,
                  fmt::format("{} has more than {} instructions", file_name_, kMaxInstructions));
    }
    if (line->empty_continuation) empty_continuations_.push_back(line->last_line);
    SourceText source;
    source.location = {file_name_, line->first_line, line->last_line};
    source.comments = std::move(line->comments);
    Statement statement =
        make_statement(line->text, std::move(source), reader_.directives().escape);
    at_instruction(statement.source, [&] { statement.heredocs = announced_heredocs(statement); });
    if (!statement.heredocs.empty()) {
      reader_.read_heredocs(*line, statement.heredocs);
      statement.source.location.last_line = line->last_line;
    }
    return statement;
  }

  [[nodiscard]] const Directives& directives() const { return reader_.directives(); }
  [[nodiscard]] std::vector<int> take_empty_continuations() {
    return std::move(empty_continuations_);
  }

 private:
  LineReader reader_;
  const std::string& file_name_;
  std::size_t count_ = 0;
  std::vector<int> empty_continuations_;
};

void add_statement(Dockerfile& file, Statement statement) {
  if (is_from(statement)) {
    From from = read_from(statement);
    file.stages.push_back({std::move(statement.source), std::move(from), {}});
    return;
  }
  Instruction::Body body = read_body(statement);
  Instruction instruction{std::move(statement.source), std::move(body)};
  if (!file.stages.empty()) {
    file.stages.back().instructions.push_back(std::move(instruction));
  } else if (std::holds_alternative<Arg>(instruction.body)) {
    file.arguments.push_back(std::move(instruction));
  } else {
    refuse("no build stage: the first instruction must be FROM, with nothing but ARG before it",
           "begin the file with FROM and the image to start from");
  }
}

bool changes_configuration(const Instruction::Body& body) {
  return !std::holds_alternative<Run>(body) && !std::holds_alternative<Copy>(body) &&
         !std::holds_alternative<Add>(body) && !std::holds_alternative<Arg>(body);
}

}  // namespace

Dockerfile parse(std::string_view text, const ParseOptions& options) {
  Dockerfile file;
  StatementReader reader(text, options.file_name);
  bool empty = true;
  while (std::optional<Statement> statement = reader.next()) {
    empty = false;
    const SourceText source = statement->source;
    at_instruction(source, [&] { add_statement(file, std::move(*statement)); });
  }
  if (file.stages.empty()) {
    refuse(fmt::format("{} {}", options.file_name,
                       empty ? "has no instructions" : "has no stage to build: FROM is missing"),
           "begin the file with FROM and the image to start from");
  }
  file.directives = reader.directives();
  file.empty_continuations = reader.take_empty_continuations();
  file.checks = with_context(
      [&] { return fmt::format("reading the check directive of {}", options.file_name); },
      [&] { return CheckOptions::parse(file.directives.check); });
  file.warnings = check(file);
  return file;
}

Instruction parse_instruction(std::string_view text, const ParseOptions& options) {
  StatementReader reader(text, options.file_name);
  std::optional<Statement> statement = reader.next();
  if (!statement) refuse(fmt::format("{} has no instruction", options.file_name));
  const SourceText source = statement->source;
  Instruction instruction = at_instruction(source, [&] {
    if (is_from(*statement)) refuse("FROM cannot stand here: it begins a stage");
    return Instruction{source, read_body(*statement)};
  });
  if (reader.next()) refuse(fmt::format("{} has more than one instruction", options.file_name));
  return instruction;
}

Instruction parse_change(std::string_view text) {
  Instruction instruction = parse_instruction(text, {.file_name = "--change"});
  if (changes_configuration(instruction.body)) return instruction;
  refuse(fmt::format("--change: {} does not change the image's configuration",
                     instruction_name(instruction.body)),
         "allowed are CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, "
         "STOPSIGNAL, USER, VOLUME and WORKDIR");
}

}  // namespace estiba::dockerfile
