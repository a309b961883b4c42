// Passwords that a person types or a script pipes in.
#pragma once

#include <string>

namespace estiba::cli {

// One line of standard input without its line end; kInvalidArgument when it is empty.
[[nodiscard]] std::string read_password_from_stdin();
// Asks on the terminal: the answer to the first is shown, to the second not. kInvalidArgument where
// there is no terminal.
[[nodiscard]] std::string ask(const std::string& question);
[[nodiscard]] std::string ask_hidden(const std::string& question);

}  // namespace estiba::cli
