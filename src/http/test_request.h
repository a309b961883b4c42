// What the tests of the client share.
#pragma once

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "http/client.h"

namespace estiba::http::test {

inline ClientRequest request_for(std::string url, std::string method = "GET") {
  ClientRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.allow_plain_http = true;
  return request;
}

// The error of `work`, which has to fail.
template <typename Work>
Error error_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  throw std::runtime_error("nothing failed");
}

// Repeats a pattern, so that a large body needs no memory. Its period fits no buffer's size, so
// that pieces in the wrong place are noticed.
class PatternSource final : public Source {
 public:
  explicit PatternSource(std::uint64_t size_bytes) : left_(size_bytes), pattern_(65'521, '\0') {
    for (std::size_t i = 0; i < pattern_.size(); ++i) pattern_[i] = static_cast<char>(i * i >> 7);
  }
  std::size_t read(MutableBytes buffer) override {
    const std::string_view piece = std::string_view(pattern_).substr(position_);
    const std::size_t count = std::min({buffer.size(), piece.size(), left_});
    std::memcpy(buffer.data(), piece.data(), count);
    position_ = (position_ + count) % pattern_.size();
    left_ -= count;
    return count;
  }

 private:
  std::size_t left_;
  std::string pattern_;
  std::size_t position_ = 0;
};

}  // namespace estiba::http::test
