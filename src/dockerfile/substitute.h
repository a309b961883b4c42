// The patterns of ${name#pattern}, ${name%pattern} and ${name/pattern/word}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace estiba::dockerfile {

// What an expansion may still cost; see kMaxExpansionWork.
class WorkBudget {
 public:
  // Throws kResourceExhausted when it is used up.
  void charge(std::uint64_t work);

 private:
  std::uint64_t used_ = 0;
};

enum class MatchLength { kShortest, kLongest };

// `pattern` knows * (any run, "/" and line ends included) and ?; a backslash takes the meaning from
// *, ? and itself, and is dropped before "}" and "/". Throws kInvalidArgument for other escapes.
[[nodiscard]] std::string remove_prefix(std::string_view value, std::string_view pattern,
                                        MatchLength length, WorkBudget& budget);
[[nodiscard]] std::string remove_suffix(std::string_view value, std::string_view pattern,
                                        MatchLength length, WorkBudget& budget);
struct Replacement {
  std::string_view pattern;
  std::string_view text;
  bool all = false;
};
[[nodiscard]] std::string replace(std::string_view value, const Replacement& replacement,
                                  WorkBudget& budget);

}  // namespace estiba::dockerfile
