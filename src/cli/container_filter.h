// Which containers a list shows: docker's --filter.
#pragma once

#include <string>
#include <vector>

#include "cli/list_filter.h"
#include "run/containers.h"

namespace estiba::cli {

class Session;

class ContainerFilter {
 public:
  // Throws kInvalidArgument for a filter that docker does not know either.
  ContainerFilter(Session& session, const std::vector<std::string>& filters);

  // Values of one key are alternatives, keys add up; labels add up too.
  [[nodiscard]] bool accepts(const run::Container& container) const;
  // Whether stopped ones are asked for, so that they are shown without -a.
  [[nodiscard]] bool asks_for_state() const;

 private:
  [[nodiscard]] bool matches(const run::Container& container, const std::string& key,
                             const std::string& value) const;

  Session& session_;
  ListFilter filter_;
};

}  // namespace estiba::cli
