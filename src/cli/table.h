// Columns of text as docker aligns them.
#pragma once

#include <string>
#include <vector>

namespace estiba::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // One line a row; a column is at least 10 wide and followed by 3 spaces, the last is not padded.
  [[nodiscard]] std::string render() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace estiba::cli
