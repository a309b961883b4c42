#include "build/bake/hcl_reader.h"

#include <fmt/format.h>

#include <charconv>

namespace estiba::build::bake {
namespace {

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool continues_name(char c) {
  return starts_name(c) || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

std::string_view HclReader::take_line() {
  const std::size_t end = std::min(rest_.find('\n', at_), rest_.size());
  const std::string_view line = rest_.substr(at_, end - at_);
  at_ = end;
  return line;
}

void HclReader::skip_space(bool newlines) {
  for (;;) {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\r' || (c == '\n' && newlines)) {
      ++at_;
    } else if (c == '#' || looking_at("//")) {
      static_cast<void>(take_line());
    } else if (looking_at("/*")) {
      const std::size_t end = rest_.find("*/", at_ + 2);
      if (end == std::string_view::npos) refuse("the comment does not end", "end it with */");
      at_ = end + 2;
    } else {
      return;
    }
  }
}

bool HclReader::take_symbol(std::string_view symbol) {
  if (!looking_at(symbol)) return false;
  at_ += symbol.size();
  return true;
}

void HclReader::expect(std::string_view symbol, std::string_view after) {
  if (take_symbol(symbol)) return;
  refuse(fmt::format("\"{}\" expected {}, not {}", symbol, after, found()));
}

std::string HclReader::take_name() {
  const std::size_t start = at_;
  if (!starts_name(peek())) return {};
  while (!at_end() && continues_name(peek())) ++at_;
  return std::string(rest_.substr(start, at_ - start));
}

double HclReader::take_number() {
  const Place start = place();
  double number = 0;
  const auto [end, error] =
      std::from_chars(rest_.data() + at_, rest_.data() + rest_.size(), number);
  if (error != std::errc()) refuse_at(start, "this number is too large or none at all");
  at_ = static_cast<std::size_t>(end - rest_.data());
  return number;
}

std::string HclReader::found() const {
  if (at_end()) return "the end of the file";
  if (peek() == '\n') return "the end of the line";
  return fmt::format("\"{}\"", peek());
}

}  // namespace estiba::build::bake
