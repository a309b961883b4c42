// Runs what must fail and gives back how it failed.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"

namespace estiba::testing {

// The code of the Error that `body` throws; fails the test when it throws none.
inline ErrorCode error_code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no Error was thrown";
  return ErrorCode::kInternal;
}

}  // namespace estiba::testing
