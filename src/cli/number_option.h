// Whole numbers as options take them.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "base/error.h"

namespace estiba::cli {

template <typename Number>
[[nodiscard]] Number number_option(std::string_view option, std::string_view text) {
  Number value = {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::kInvalidArgument, "invalid argument \"" + std::string(text) +
                                                 "\" for \"--" + std::string(option) +
                                                 "\": not a number");
  }
  return value;
}

}  // namespace estiba::cli
