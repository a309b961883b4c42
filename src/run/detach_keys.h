// Watches what a person types for the keys that detach him.
#pragma once

#include <string>
#include <string_view>

namespace estiba::run {

class DetachKeys {
 public:
  // `sequence` as bytes; empty: nothing detaches.
  explicit DetachKeys(std::string sequence) : sequence_(std::move(sequence)) {}

  // What of the input may pass on. A key that could begin the sequence is held back until the next
  // one shows whether it does.
  [[nodiscard]] std::string pass(std::string_view typed);
  [[nodiscard]] bool pressed() const { return !sequence_.empty() && matched_ == sequence_.size(); }

 private:
  std::string sequence_;
  std::size_t matched_ = 0;
};

}  // namespace estiba::run
