// `estiba explore` without its terminal: keys in, lines of text out.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/explored_image.h"

namespace estiba::cli {

enum class ExploreKey {
  kUp,
  kDown,
  kPageUp,
  kPageDown,
  kFirst,
  kLast,
  kOpen,
  kSwitch,
  kWhole,
  kWaste,
  kQuit,
  kOther
};

enum class TextStyle { kPlain, kHeading, kSelected, kMarked, kAdded, kChanged, kRemoved, kFaint };

struct StyledText {
  std::string text;
  TextStyle style = TextStyle::kPlain;
};
using StyledLine = std::vector<StyledText>;

// Borrows the image. Not thread-safe.
class ExploreView {
 public:
  explicit ExploreView(const ExploredImage& image);

  // False: the person wants to leave.
  bool press(ExploreKey key);
  // Exactly so many lines of exactly so many columns; at least 8 by 40 are drawn.
  [[nodiscard]] std::vector<StyledLine> draw(std::size_t rows, std::size_t columns);

 private:
  struct Row {
    std::string path;
    std::string name;
    std::size_t depth = 0;
    bool directory = false;
    std::uint64_t size_bytes = 0;
    const ExploredFile* file = nullptr;  // null: a directory that no layer shown names
  };

  void select_layer(std::size_t layer);
  void list_rows();
  void list_waste();
  void move(long steps);
  void toggle();
  StyledLine layer_line(std::size_t layer, std::size_t width) const;
  StyledLine file_line(std::size_t row, std::size_t width) const;

  const ExploredImage& image_;
  std::size_t layer_ = 0;
  std::size_t cursor_ = 0;       // in rows_
  std::size_t first_row_ = 0;    // shown
  std::size_t first_layer_ = 0;  // shown
  std::size_t page_ = 10;
  bool in_files_ = false;
  bool whole_ = false;
  bool waste_ = false;
  std::set<std::string> open_;
  ExploredFiles files_;
  std::vector<Row> rows_;
};

// The same for a pipe: the layers with what each added and wasted, and the largest waste.
[[nodiscard]] std::string exploration_report(const ExploredImage& image);

}  // namespace estiba::cli
