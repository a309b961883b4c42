// Steps that run at the same time, told one after the other: the one that started first speaks at
// once, what the others say is held back until it is their turn.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "build/observer.h"

namespace estiba::cli {

// Not thread-safe. Steps are known by their number.
class StepOutputOrder {
 public:
  using Print = std::function<void(build::OutputStream stream, std::string_view text)>;
  explicit StepOutputOrder(Print print) : print_(std::move(print)) {}

  void begin(std::size_t step);
  // Of a step that began and has not ended. A step that waits longer than it may keeps its latest
  // output.
  void write(std::size_t step, build::OutputStream stream, std::string_view text);
  void end(std::size_t step);
  // Whoever is to have the last word: a step that failed. It ends when all others have spoken.
  void end_last(std::size_t step);
  // Prints everything that is held back; what steps say afterwards is not heard.
  void finish();

 private:
  struct Piece {
    build::OutputStream stream;
    std::string text;
  };
  struct Running {
    std::size_t step = 0;
    std::list<Piece> held{};
    std::size_t held_bytes = 0;
    bool clipped = false;
    bool ended = false;
  };
  [[nodiscard]] std::list<Running>::iterator find(std::size_t step);
  void print_held(Running& running);
  void pass_on_the_word();

  Print print_;
  std::list<Running> running_;  // in the order they began; the first one has the word
};

}  // namespace estiba::cli
