// Expressions of HCL, from letters to a tree.
#pragma once

#include "build/bake/hcl_reader.h"
#include "build/bake/syntax.h"

namespace estiba::build::bake {

class HclExpressions {
 public:
  explicit HclExpressions(HclReader& reader) : reader_(reader) {}

  // Ends before what cannot belong to it; a line end ends it, except within brackets.
  [[nodiscard]] Expression parse();
  // A string in double quotes without templates: a block's label.
  [[nodiscard]] std::string parse_label();

 private:
  class Level;  // counts how deep we are
  void skip() { reader_.skip_space(newlines_); }
  Expression conditional();
  Expression binary(std::size_t strength);
  Expression unary();
  Expression postfix();
  Expression index_of(Expression base);
  Expression primary();
  Expression list();
  Expression map();
  Expression map_key();
  Expression for_list(const Place& place);
  Expression for_map(const Place& place);
  void for_head(Expression& loop);
  [[nodiscard]] bool at_for() const;
  Expression call(std::string name, const Place& place);
  Expression quoted();
  Expression heredoc();
  std::string escape();
  // From "${" to "}".
  Expression interpolation();
  // Splits text with "${...}" into parts; `end` stops it.
  template <typename AtEnd>
  Expression pieces(const Place& place, bool escapes, AtEnd at_end);

  HclReader& reader_;
  bool newlines_ = false;
  std::size_t depth_ = 0;
};

}  // namespace estiba::build::bake
