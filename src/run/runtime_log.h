// What a runtime says about its own failures: lines of JSON in the file that its --log names.
#pragma once

#include <string>
#include <string_view>

namespace estiba::run {

// The last error in the log, or empty.
[[nodiscard]] std::string last_error(std::string_view log);

// Throws what the message of a runtime that could not start a container means: StartError when it
// is about the program, else kIo.
[[noreturn]] void throw_runtime_failure(const std::string& message, const std::string& program);

}  // namespace estiba::run
