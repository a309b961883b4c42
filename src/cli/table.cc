#include "cli/table.h"

#include <algorithm>

namespace estiba::cli {
namespace {

constexpr std::size_t kMinimumWidth = 10;
constexpr std::size_t kPadding = 3;

// Code points, not bytes: every byte that does not continue a UTF-8 sequence starts one.
std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string Table::render() const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]) + kPadding);
    }
  }
  std::string out;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 == row.size()) break;
      out.append(std::max(widths[i], kMinimumWidth) - display_width(row[i]), ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace estiba::cli
