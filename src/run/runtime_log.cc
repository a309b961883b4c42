#include "run/runtime_log.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "run/runtime.h"

namespace estiba::run {
namespace {

using Json = nlohmann::json;

bool has(std::string_view message, std::string_view part) {
  return message.find(part) != std::string_view::npos;
}

}  // namespace

std::string last_error(std::string_view log) {
  std::string message;
  for (const std::string& line : split(log, '\n')) {
    const Json entry = Json::parse(line, nullptr, false);
    if (!entry.is_object() || entry.value("level", Json()) != "error") continue;
    const Json text = entry.value("msg", Json());
    if (text.is_string()) message = text.get<std::string>();
  }
  return message;
}

void throw_runtime_failure(const std::string& message, const std::string& program) {
  // The words of crun, then those of runc.
  if (has(message, "executable file") && has(message, "not found in $PATH")) {
    throw StartError(ErrorCode::kNotFound,
                     fmt::format("exec: \"{}\": executable file not found in $PATH", program), 127);
  }
  if (message.starts_with("open executable") ||
      (has(message, "exec: ") && has(message, "permission denied"))) {
    throw StartError(ErrorCode::kPermissionDenied,
                     fmt::format("exec: \"{}\": permission denied", program), 126);
  }
  throw Error(ErrorCode::kIo, "the container could not be started: " +
                                  (message.empty() ? "the runtime does not say why" : message));
}

}  // namespace estiba::run
