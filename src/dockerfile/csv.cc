#include "dockerfile/csv.h"

#include <algorithm>

#include "base/error.h"

namespace estiba::dockerfile {
namespace {

// A field that begins with a quote; "" in it is one quote. Moves past it.
std::string take_quoted(std::string_view& record) {
  std::string field;
  record.remove_prefix(1);
  for (;;) {
    const std::size_t quote = record.find('"');
    if (quote == std::string_view::npos) {
      throw Error(ErrorCode::kInvalidArgument, "a quoted field is never closed");
    }
    field += record.substr(0, quote);
    record.remove_prefix(quote + 1);
    if (!record.starts_with('"')) break;
    field += '"';
    record.remove_prefix(1);
  }
  if (!record.empty() && record.front() != ',') {
    throw Error(ErrorCode::kInvalidArgument, "a quoted field goes on behind its closing quote");
  }
  return field;
}

std::string take_plain(std::string_view& record) {
  const std::size_t end = std::min(record.find(','), record.size());
  const std::string_view field = record.substr(0, end);
  if (field.find('"') != std::string_view::npos) {
    throw Error(ErrorCode::kInvalidArgument, "a quote stands inside a field that is not quoted");
  }
  record.remove_prefix(end);
  return std::string(field);
}

}  // namespace

std::vector<std::string> split_csv(std::string_view record) {
  std::vector<std::string> fields;
  for (;;) {
    fields.push_back(record.starts_with('"') ? take_quoted(record) : take_plain(record));
    if (record.empty()) return fields;
    record.remove_prefix(1);
  }
}

}  // namespace estiba::dockerfile
