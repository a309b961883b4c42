#include "dockerfile/located_error.h"

#include <fmt/format.h>

namespace estiba::dockerfile {

void refuse(std::string what, std::string hint) {
  throw Error(ErrorCode::kInvalidArgument, std::move(what), std::move(hint));
}

Error located(const Error& error, const SourceText& source) {
  constexpr std::size_t kLongest = 120;
  std::string excerpt = source.original.substr(0, kLongest);
  if (excerpt.size() < source.original.size()) excerpt += "...";
  return Error(error.code(),
               fmt::format("{}:{}: {} (in \"{}\")", source.location.file,
                           source.location.first_line, error.what(), excerpt),
               error.hint());
}

}  // namespace estiba::dockerfile
