// Standard output for a person or a pipe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace estiba::cli {

// Writes to standard output at once.
void print(std::string_view text);
void print_line(std::string_view text);
// To standard error.
void print_error(std::string_view text);

[[nodiscard]] bool is_terminal(int fd);
// Columns of the terminal behind `fd`; 80 when it does not say.
[[nodiscard]] std::size_t terminal_width(int fd);

}  // namespace estiba::cli
