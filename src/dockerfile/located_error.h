// Errors that say where in a Dockerfile they happened.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"
#include "dockerfile/instruction.h"

namespace estiba::dockerfile {

// What the text says cannot be.
[[noreturn]] void refuse(std::string what, std::string hint = {});

// A part of a line, in bytes.
struct Mark {
  std::size_t start = 0;
  std::size_t size = 0;
};
// "  3 | COPY --chwon=1 a b" and a caret below, as two lines that end an error's sentence; long
// lines are cut around the mark.
[[nodiscard]] std::string marked_line(std::string line, std::size_t number, Mark mark);

// The same error as "FILE:LINE: sentence", with the line below and a caret under what it is about;
// code and hint kept.
[[nodiscard]] Error located(const Error& error, const SourceText& source);

template <typename Body>
auto at_instruction(const SourceText& source, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    throw located(error, source);
  }
}

}  // namespace estiba::dockerfile
