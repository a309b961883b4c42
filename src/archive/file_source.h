// A part of an open file, read by position: the descriptor may be shared.
#pragma once

#include <cstdint>
#include <string>

#include "base/stream.h"

namespace estiba::archive {

class FileSource final : public Source {
 public:
  // Bytes `offset_bytes` up to `end_bytes` of `fd`, which is borrowed and not moved.
  FileSource(int fd, std::uint64_t offset_bytes, std::uint64_t end_bytes, std::string what)
      : fd_(fd), position_(offset_bytes), end_(end_bytes), what_(std::move(what)) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override;
  void skip(std::uint64_t count) override;

 private:
  int fd_;
  std::uint64_t position_;
  std::uint64_t end_;
  std::string what_;
};

}  // namespace estiba::archive
