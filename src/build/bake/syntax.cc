#include "build/bake/syntax.h"

#include <fmt/format.h>

#include <algorithm>

#include "dockerfile/located_error.h"

namespace estiba::build::bake {

void refuse_at(const Place& place, const std::string& what, std::string hint, ErrorCode code) {
  const std::string& content = place.text->content;
  const std::size_t offset = std::min(place.offset, content.size());
  const auto line = static_cast<std::size_t>(
      std::count(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(offset), '\n') + 1);
  const std::size_t before = offset == 0 ? std::string::npos : content.rfind('\n', offset - 1);
  const std::size_t start = before == std::string::npos ? 0 : before + 1;
  const std::size_t end = std::min(content.find('\n', offset), content.size());
  throw PlacedError(code,
                    fmt::format("{}:{}: {}{}", place.text->name, line, what,
                                dockerfile::marked_line(content.substr(start, end - start), line,
                                                        {offset - start, 1})),
                    std::move(hint));
}

const Attribute* Block::find(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &Attribute::name);
  return found == attributes.end() ? nullptr : &*found;
}

}  // namespace estiba::build::bake
