// PAX extended headers (POSIX.1-2001, pax, "pax Extended Header"): records "25 key=value\n" that
// overrule the header which they precede.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace estiba::archive {

// In the order of the archive; a key may come again (GNU's sparse format 0.0).
using PaxRecords = std::vector<std::pair<std::string, std::string>>;

// Throws kInvalidArgument.
[[nodiscard]] PaxRecords parse_pax_records(std::string_view text);
// One record, with its own length counted in.
[[nodiscard]] std::string format_pax_record(std::string_view key, std::string_view value);

// "1350244992.023960108", "-1.5"; what the type cannot hold is clamped, finer digits are dropped.
[[nodiscard]] Timestamp parse_pax_time(std::string_view text);
[[nodiscard]] std::int64_t parse_pax_number(std::string_view text);

// The extended attribute that a record carries (SCHILY.xattr.*, LIBARCHIVE.xattr.*), or an empty
// name. Throws kInvalidArgument for a malformed or too large one.
struct PaxXattr {
  std::string name;
  std::string value;
};
[[nodiscard]] PaxXattr parse_pax_xattr(std::string_view key, std::string_view value);

}  // namespace estiba::archive
