// Before what is gone for good: the person is asked.
#pragma once

#include <string>

namespace estiba::cli {

// Whether what `warning` tells is to happen: without -f the answer is read from standard input,
// where a "y" may be piped in, too. Says that nothing happens after anything else.
[[nodiscard]] bool confirmed(bool force, const std::string& warning);

}  // namespace estiba::cli
