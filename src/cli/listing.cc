#include "cli/listing.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "cli/error_report.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/template.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kTable = "table";

std::string cell(const Json& row, const std::string& field) {
  const Json& value = row.at(field);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::string Listing::usual_table() const {
  std::vector<std::string> headings;
  for (const ListColumn& column : columns_) {
    if (column.is_usual) headings.push_back(column.heading);
  }
  Table table(headings);
  for (const std::string& text : rows_) {
    const Json row = Json::parse(text);
    std::vector<std::string> cells;
    for (const ListColumn& column : columns_) {
      if (column.is_usual) cells.push_back(cell(row, column.field));
    }
    table.add(std::move(cells));
  }
  return table.render();
}

// As docker makes it: the template's own words for the headings, a tab between columns.
std::string Listing::chosen_table(const std::string& format) const {
  const Template chosen(trim(std::string_view(format).substr(kTable.size())));
  Json headings = Json::object();
  for (const ListColumn& column : columns_) headings[column.field] = column.heading;
  Table table(split(chosen.render(headings.dump()), '\t'));
  for (const std::string& row : rows_) table.add(split(chosen.render(row), '\t'));
  return table.render();
}

void Listing::print_as(const ListStyle& style) const {
  if (style.format.starts_with("table ")) {
    print(chosen_table(style.format));
  } else if (style.format.empty() || style.format == kTable) {
    if (!style.quiet) return print(usual_table());
    for (const std::string& row : rows_) print_line(cell(Json::parse(row), quiet_field_));
  } else {
    const Template format(style.format == "json" ? "{{json .}}" : style.format);
    for (const std::string& row : rows_) print_line(format.render(row));
  }
}

int print_objects(const std::vector<std::string>& names, const std::string& format,
                  const std::function<std::string(const std::string&)>& find) {
  Json found = Json::array();
  int exit_code = 0;
  for (const std::string& name : names) {
    try {
      found.push_back(Json::parse(find(name)));
    } catch (const Error& error) {
      report_error(error);
      exit_code = exit_code_of(error);
    }
  }
  if (format.empty() || format == "json") {
    print_line(found.dump(format.empty() ? 4 : -1));
    return exit_code;
  }
  const Template chosen(format);
  for (const Json& object : found) print_line(chosen.render(object.dump()));
  return exit_code;
}

}  // namespace estiba::cli
