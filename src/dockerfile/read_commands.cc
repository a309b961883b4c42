// What runs commands: RUN, CMD, ENTRYPOINT, SHELL, HEALTHCHECK.
#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/arguments.h"
#include "dockerfile/duration.h"
#include "dockerfile/flags.h"
#include "dockerfile/located_error.h"
#include "dockerfile/statement_readers.h"

namespace estiba::dockerfile::readers {
namespace {

CommandLine read_command(std::string_view text) {
  if (std::optional<std::vector<std::string>> array = parse_string_array(text)) {
    return {false, {}, std::move(*array)};
  }
  return {true, std::string(text), {}};
}

RunNetwork read_network(const std::string& text) {
  if (text.empty() || text == "default") return RunNetwork::kDefault;
  if (text == "none") return RunNetwork::kNone;
  if (text == "host") return RunNetwork::kHost;
  refuse(fmt::format("invalid network mode \"{}\"", text), "it is default, none or host");
}

RunSecurity read_security(const std::string& text) {
  if (text.empty() || text == "sandbox") return RunSecurity::kSandbox;
  if (text == "insecure") return RunSecurity::kInsecure;
  refuse(fmt::format("invalid security mode \"{}\"", text), "it is sandbox or insecure");
}

std::chrono::nanoseconds read_interval(const Flags& flags, std::string_view name) {
  const std::string text = flags.text(name);
  if (text.empty()) return std::chrono::nanoseconds(0);
  const std::chrono::nanoseconds interval = parse_duration(text);
  if (interval != std::chrono::nanoseconds(0) && interval < std::chrono::milliseconds(1)) {
    refuse(fmt::format("--{} cannot be less than 1ms", name));
  }
  return interval;
}

int read_retries(const Flags& flags) {
  const std::string text = flags.text("retries");
  if (text.empty()) return 0;
  int retries = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, retries);
  if (error != std::errc() || stopped != end) {
    refuse(fmt::format("--retries is no number: \"{}\"", text.substr(0, 120)));
  }
  if (retries < 0) refuse(fmt::format("--retries cannot be negative ({})", retries));
  return retries;
}

std::vector<std::string> read_test(const KeywordSplit& split, const std::string& kind) {
  if (kind == "none") {
    if (!split.rest.empty()) refuse("HEALTHCHECK NONE takes no arguments");
    return {"NONE"};
  }
  if (kind != "cmd") {
    refuse(fmt::format("unknown type \"{}\" in HEALTHCHECK", split.keyword.substr(0, 120)),
           "write HEALTHCHECK CMD command, or HEALTHCHECK NONE");
  }
  CommandLine command = read_command(split.rest);
  std::vector<std::string> test;
  if (command.shell_form) {
    test = {"CMD-SHELL", std::move(command.text)};
  } else {
    test = std::move(command.arguments);
    test.insert(test.begin(), "CMD");
  }
  if (test.size() < 2 || split.rest.empty()) refuse("a command is missing after HEALTHCHECK CMD");
  return test;
}

}  // namespace

Instruction::Body run(const Statement& statement) {
  const Flags flags(statement.flags, {{"mount", FlagKind::kList},
                                      {"network", FlagKind::kText},
                                      {"security", FlagKind::kText},
                                      {"device", FlagKind::kList}});
  Run result;
  for (const std::string& text : flags.list("mount")) result.mounts.push_back(outline_mount(text));
  for (const std::string& text : flags.list("device")) {
    result.devices.push_back(parse_device(text));
  }
  result.network = read_network(flags.text("network"));
  result.security = read_security(flags.text("security"));
  result.command = read_command(statement.arguments);
  result.heredocs = statement.heredocs;
  return result;
}

Instruction::Body cmd(const Statement& statement) {
  refuse_flags(statement.flags);
  return Cmd{read_command(statement.arguments)};
}

Instruction::Body entrypoint(const Statement& statement) {
  refuse_flags(statement.flags);
  return Entrypoint{read_command(statement.arguments)};
}

Instruction::Body shell(const Statement& statement) {
  refuse_flags(statement.flags);
  CommandLine command = read_command(statement.arguments);
  if (command.shell_form && !command.text.empty()) {
    refuse("SHELL requires its arguments as a JSON array",
           "write SHELL [\"/bin/bash\", \"-c\"], with double quotes");
  }
  if (command.arguments.empty()) refuse("SHELL requires at least one argument");
  return Shell{std::move(command.arguments)};
}

Instruction::Body health_check(const Statement& statement) {
  const Flags flags(statement.flags, {{"interval", FlagKind::kText},
                                      {"timeout", FlagKind::kText},
                                      {"start-period", FlagKind::kText},
                                      {"start-interval", FlagKind::kText},
                                      {"retries", FlagKind::kText}});
  const KeywordSplit split = split_keyword(statement.arguments);
  if (split.keyword.empty()) refuse("HEALTHCHECK requires at least one argument");
  HealthCheck result;
  const std::string kind = to_lower(split.keyword);
  result.test = read_test(split, kind);
  if (kind == "none") return result;
  result.interval = read_interval(flags, "interval");
  result.timeout = read_interval(flags, "timeout");
  result.start_period = read_interval(flags, "start-period");
  result.start_interval = read_interval(flags, "start-interval");
  result.retries = read_retries(flags);
  return result;
}

}  // namespace estiba::dockerfile::readers
