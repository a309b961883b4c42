#include "oci/config_difference.h"

#include <algorithm>
#include <map>

#include "oci/json_document.h"

namespace estiba {
namespace {

// Histories whose middles would make a larger table are told as removed and added: nobody's
// Dockerfile has so many instructions.
constexpr std::size_t kMaxComparedPairs = 1'000'000;

using NamedValues = std::map<std::string, std::string>;

std::string words_text(const std::vector<std::string>& words) {
  return dump_json(nlohmann::ordered_json(words));
}

void put_words(NamedValues& values, const char* name,
               const std::optional<std::vector<std::string>>& words) {
  if (words && !words->empty()) values[name] = words_text(*words);
}

void put_word(NamedValues& values, const char* name, const std::string& text) {
  if (!text.empty()) values[name] = text;
}

NamedValues named_values(const ImageConfig& image) {
  const ContainerConfig& run = image.config;
  NamedValues values;
  put_word(values, "PLATFORM", image.platform.to_string());
  put_word(values, "AUTHOR", image.author);
  put_word(values, "USER", run.user);
  put_word(values, "WORKDIR", run.working_directory);
  put_word(values, "STOPSIGNAL", run.stop_signal);
  put_words(values, "ENTRYPOINT", run.entrypoint);
  put_words(values, "CMD", run.command);
  put_words(values, "SHELL", run.shell);
  put_words(values, "ONBUILD", run.on_build);
  if (run.healthcheck) put_words(values, "HEALTHCHECK", run.healthcheck->test);
  for (const std::string& variable : run.environment) {
    const std::size_t equals = std::min(variable.find('='), variable.size());
    values["ENV " + variable.substr(0, equals)] =
        variable.substr(std::min(equals + 1, variable.size()));
  }
  for (const auto& [key, value] : run.labels) values["LABEL " + key] = value;
  for (const std::string& port : run.exposed_ports) values["EXPOSE " + port] = port;
  for (const std::string& volume : run.volumes) values["VOLUME " + volume] = volume;
  return values;
}

std::optional<std::string> value_of(const NamedValues& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

using Instructions = std::vector<std::string>;

Instructions instructions_of(const std::vector<HistoryEntry>& history) {
  Instructions texts;
  for (const HistoryEntry& entry : history) texts.push_back(entry.created_by);
  return texts;
}

// Of the longest common subsequence of what begins at i and j: its length.
class CommonLengths {
 public:
  CommonLengths(const Instructions& a, const Instructions& b)
      : width_(b.size() + 1), lengths_((a.size() + 1) * width_) {
    for (std::size_t i = a.size(); i-- > 0;) {
      for (std::size_t j = b.size(); j-- > 0;) {
        lengths_[i * width_ + j] =
            a[i] == b[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  [[nodiscard]] std::uint32_t at(std::size_t i, std::size_t j) const {
    return lengths_[i * width_ + j];
  }

 private:
  std::size_t width_;
  std::vector<std::uint32_t> lengths_;
};

// Between two common instructions: pairs are changes, what is left over was removed or added.
void tell_gap(std::vector<ValueDifference>& told, const Instructions& a, const Instructions& b,
              std::pair<std::size_t, std::size_t> from, std::pair<std::size_t, std::size_t> to) {
  auto [i, i_end] = from;
  auto [j, j_end] = to;
  for (; i < i_end || j < j_end; ++i, ++j) {
    ValueDifference difference;
    difference.name = std::to_string((j < j_end ? j : i) + 1);
    if (i < i_end) difference.from = a[i];
    if (j < j_end) difference.to = b[j];
    told.push_back(std::move(difference));
  }
}

}  // namespace

std::vector<ValueDifference> compare_configs(const ImageConfig& from, const ImageConfig& to) {
  const NamedValues before = named_values(from);
  const NamedValues after = named_values(to);
  NamedValues all = before;
  all.insert(after.begin(), after.end());
  std::vector<ValueDifference> differences;
  for (const auto& [name, unused] : all) {
    ValueDifference difference{name, value_of(before, name), value_of(after, name)};
    if (difference.from != difference.to) differences.push_back(std::move(difference));
  }
  return differences;
}

std::vector<ValueDifference> compare_instructions(const std::vector<HistoryEntry>& from,
                                                  const std::vector<HistoryEntry>& to) {
  const Instructions a = instructions_of(from);
  const Instructions b = instructions_of(to);
  std::vector<ValueDifference> told;
  if ((a.size() + 1) * (b.size() + 1) > kMaxComparedPairs) {
    if (a != b) tell_gap(told, a, b, {0, a.size()}, {0, b.size()});
    return told;
  }
  const CommonLengths common(a, b);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    const std::size_t gap_i = i;
    const std::size_t gap_j = j;
    while (i < a.size() && j < b.size() && a[i] != b[j]) {
      if (common.at(i + 1, j) >= common.at(i, j + 1)) {
        ++i;
      } else {
        ++j;
      }
    }
    if (i == a.size() || j == b.size()) {
      i = a.size();
      j = b.size();
    }
    tell_gap(told, a, b, {gap_i, i}, {gap_j, j});
    if (i < a.size() && j < b.size()) {
      ++i;
      ++j;
    }
  }
  return told;
}

}  // namespace estiba
