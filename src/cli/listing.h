// What the commands that list and inspect things have in common: docker's --format and -q.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace estiba::cli {

class CommandLine;

struct ListColumn {
  std::string field;     // as a template names it
  std::string heading;   // as a table does
  bool is_usual = true;  // stands in the table that nobody asked for
};

struct ListStyle {
  std::string format;  // empty, "table", "table TEMPLATE", "json" or a TEMPLATE
  bool quiet = false;
};

// Rows are JSON objects with a text for each column. A format that is given wins over -q.
class Listing {
 public:
  // `quiet_field` is all that -q shows.
  Listing(std::vector<ListColumn> columns, std::string quiet_field)
      : columns_(std::move(columns)), quiet_field_(std::move(quiet_field)) {}

  void add(std::string row) { rows_.push_back(std::move(row)); }
  // To standard output.
  void print_as(const ListStyle& style) const;

 private:
  [[nodiscard]] std::string usual_table() const;
  [[nodiscard]] std::string chosen_table(const std::string& format) const;

  std::vector<ListColumn> columns_;
  std::string quiet_field_;
  std::vector<std::string> rows_;
};

// inspect: an array of the objects, or each by the template; `find` throws kNotFound for a name
// that there is not, which is reported, and is the exit code.
int print_objects(const std::vector<std::string>& names, const std::string& format,
                  const std::function<std::string(const std::string&)>& find);

}  // namespace estiba::cli
