#include "run/detach_keys.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "run/attach_client.h"

namespace estiba::run {

std::string DetachKeys::pass(std::string_view typed) {
  if (sequence_.empty()) return std::string(typed);
  std::string out;
  for (const char key : typed) {
    if (pressed()) return out;
    if (key != sequence_[matched_] && matched_ > 0) {
      out += sequence_.substr(0, matched_);
      matched_ = 0;
    }
    if (key == sequence_[matched_]) {
      ++matched_;
    } else {
      out += key;
    }
  }
  return out;
}

std::string parse_detach_keys(const std::string& text) {
  std::string keys;
  for (const std::string& word : split(text.empty() ? "ctrl-p,ctrl-q" : text, ',')) {
    const std::string_view letter =
        std::string_view(word).substr(word.starts_with("ctrl-") ? 5 : 0);
    if (letter.size() != 1) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid detach keys ({})", text),
                  "single letters or ctrl- and one of a-z, @, [, \\, ], ^, _, separated by commas");
    }
    const char upper =
        letter[0] >= 'a' && letter[0] <= 'z' ? static_cast<char>(letter[0] - 32) : letter[0];
    if (word.size() > 1 && (upper < '@' || upper > '_')) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid detach keys ({})", text));
    }
    keys += word.size() > 1 ? static_cast<char>(upper - '@') : letter[0];
  }
  return keys;
}

}  // namespace estiba::run
