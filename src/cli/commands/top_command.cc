#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "run/container_control.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

std::vector<std::string> words_of(const std::string& line, std::size_t most) {
  std::vector<std::string> words;
  std::size_t at = line.find_first_not_of(' ');
  while (at != std::string::npos) {
    if (words.size() + 1 == most) {
      words.push_back(line.substr(at));
      break;
    }
    const std::size_t end = line.find(' ', at);
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(' ', end);
  }
  return words;
}

// The host's ps about the container's processes, as docker asks it.
int show_processes(Session& session, const std::vector<std::string>& arguments) {
  const run::Container container = run::Containers(session.store()).find(arguments.front());
  const std::vector<std::string> pids = run::process_ids(container);
  ProcessOptions options;
  options.argv = {"ps"};
  if (arguments.size() == 1) options.argv.emplace_back("-ef");
  options.argv.insert(options.argv.end(), arguments.begin() + 1, arguments.end());
  const CapturedOutput done = run_captured(std::move(options), session.stop());
  if (!done.status.success()) {
    throw Error(ErrorCode::kInvalidArgument, "ps: " + std::string(trim(done.standard_error)));
  }
  const std::vector<std::string> lines = split(done.standard_output, '\n');
  const std::vector<std::string> headings = words_of(lines.front(), SIZE_MAX);
  const auto pid_column = std::ranges::find(headings, "PID");
  if (pid_column == headings.end()) {
    throw Error(ErrorCode::kInvalidArgument, "Couldn't find PID field in ps output");
  }
  Table table(headings);
  for (const std::string& line : lines) {
    std::vector<std::string> cells = words_of(line, headings.size());
    if (cells.size() != headings.size()) continue;
    const std::string& pid = cells[static_cast<std::size_t>(pid_column - headings.begin())];
    if (std::ranges::find(pids, pid) != pids.end()) table.add(std::move(cells));
  }
  print(table.render());
  return 0;
}

}  // namespace

Command top_command() {
  Command command;
  command.name = "top";
  command.summary = "Show the processes of a running container";
  command.examples = "  estiba top web\n  estiba top web -o pid,comm";
  command.declare = [](CommandLine& line) -> Runner {
    auto arguments = std::make_shared<std::vector<std::string>>();
    line.rest("CONTAINER [PS OPTIONS]", *arguments, "The container, and what ps is told", 1);
    return [arguments](Session& session) { return show_processes(session, *arguments); };
  };
  return command;
}

}  // namespace estiba::cli
