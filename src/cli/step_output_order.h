// Steps that run at the same time, told one after the other: the one that started first speaks at
// once, what the others say is held back until it is their turn.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include "build/observer.h"

namespace estiba::cli {

// Not thread-safe.
class StepOutputOrder {
 public:
  // The build (of several) and the number in it.
  using StepId = std::pair<std::string, std::size_t>;
  using Print = std::function<void(build::OutputStream stream, std::string_view text)>;
  explicit StepOutputOrder(Print print) : print_(std::move(print)) {}

  void begin(const StepId& step);
  // Of a step that began and has not ended. A step that waits longer than it may keeps its latest
  // output.
  void write(const StepId& step, build::OutputStream stream, std::string_view text);
  void end(const StepId& step);
  // Whoever is to have the last word: a step that failed. It ends when all others have spoken.
  void end_last(const StepId& step);
  // Prints everything that is held back; what steps say afterwards is not heard.
  void finish();

 private:
  struct Piece {
    build::OutputStream stream;
    std::string text;
  };
  struct Running {
    StepId step;
    std::list<Piece> held{};
    std::size_t held_bytes = 0;
    bool clipped = false;
    bool ended = false;
  };
  [[nodiscard]] std::list<Running>::iterator find(const StepId& step);
  void print_held(Running& running);
  void pass_on_the_word();

  Print print_;
  std::list<Running> running_;  // in the order they began; the first one has the word
};

}  // namespace estiba::cli
