// The value of --chmod: what it makes of a file's mode.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace estiba::build {

// Octal ("0755") or symbolic ("u=rwX,go+r-w", chmod(1)) as BSD's setmode has it; nobody's umask
// counts. A value.
class ModeChange {
 public:
  // Throws kInvalidArgument.
  [[nodiscard]] static ModeChange parse(std::string_view text);

  // `mode` with the type bits of stat(2); returns at most 07777.
  [[nodiscard]] unsigned apply(unsigned mode) const;
  // Of directories that are made on the way to a destination.
  [[nodiscard]] unsigned new_directory_mode() const;

 private:
  struct Step {
    char operation;               // '+', '-', '='
    unsigned who;                 // the bits that may change
    unsigned bits = 0;            // of "rwxst"
    bool execute_if_any = false;  // "X"
    char copied_from = '\0';      // 'u', 'g', 'o'
  };
  class Parser;
  static unsigned changed_bits(const Step& step, unsigned before, unsigned now);

  bool octal_ = false;
  unsigned octal_mode_ = 0;
  std::vector<Step> steps_;
};

}  // namespace estiba::build
