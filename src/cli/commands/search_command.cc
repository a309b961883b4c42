#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/listing.h"
#include "cli/registry_name.h"
#include "cli/session.h"
#include "client/registry_error.h"
#include "client/search.h"

namespace estiba::cli {
namespace {

constexpr int kMaxLimit = 100;
constexpr std::size_t kShownDescriptionCharacters = 45;
constexpr std::size_t kMaxDescriptionBytes = 4096;

struct SearchOptions {
  int limit = 0;  // docker's default
  bool no_truncation = false;
  std::string format;
  std::vector<std::string> filters;
  std::string term;
};

struct SearchFilter {
  std::optional<bool> is_official;
  std::optional<bool> is_automated;
  std::int64_t least_stars = 0;

  [[nodiscard]] bool accepts(const client::FoundRepository& found) const {
    return (!is_official || *is_official == found.is_official) &&
           (!is_automated || *is_automated == found.is_automated) && found.stars >= least_stars;
  }
};

[[noreturn]] void refuse_filter(const std::string& text) {
  throw Error(ErrorCode::kInvalidArgument, "invalid filter '" + text + "'",
              "use is-official=true|false, is-automated=true|false or stars=NUMBER");
}

SearchFilter read_filter(const std::vector<std::string>& texts) {
  SearchFilter filter;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) refuse_filter(text);
    const std::string key = to_lower(std::string(trim(text.substr(0, equals))));
    const std::string value(trim(text.substr(equals + 1)));
    if (key == "stars") {
      const char* end = value.data() + value.size();
      const auto [rest, error] = std::from_chars(value.data(), end, filter.least_stars);
      if (error != std::errc() || rest != end || filter.least_stars < 0) refuse_filter(text);
    } else if (key == "is-official" || key == "is-automated") {
      const bool is_true = value == "true" || value == "1";
      if (!is_true && value != "false" && value != "0") refuse_filter(text);
      (key == "is-official" ? filter.is_official : filter.is_automated) = is_true;
    } else {
      refuse_filter(text);
    }
  }
  return filter;
}

// "REGISTRY/term" where the first part could be a host, as in a reference.
struct SearchTerm {
  std::string registry = "docker.io";
  std::string words;
};

SearchTerm split_term(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string first = text.substr(0, slash);
  const bool is_host = slash != std::string::npos &&
                       (first.find_first_of(".:") != std::string::npos || first == "localhost");
  if (!is_host) return {.words = text};
  return {registry_name(first), text.substr(slash + 1)};
}

// One line of at most 45 characters; a character may have several bytes.
std::string shorten(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (++characters > kShownDescriptionCharacters) {
      std::size_t cut = i;  // make room for the mark
      do {
        --cut;
      } while ((static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80);
      return text.substr(0, cut) + "…";
    }
  }
  return text;
}

std::string shown_description(const client::FoundRepository& found, bool no_truncation) {
  const std::string line = client::printable(found.description, kMaxDescriptionBytes);
  return no_truncation ? line : shorten(line);
}

std::string as_json(const client::FoundRepository& found, bool no_truncation) {
  nlohmann::ordered_json object;
  object["Description"] = shown_description(found, no_truncation);
  object["IsAutomated"] = found.is_automated ? "true" : "false";
  object["IsOfficial"] = found.is_official ? "true" : "false";
  object["Name"] = found.name;
  object["StarCount"] = std::to_string(found.stars);
  return object.dump();
}

int run_search(Session& session, const SearchOptions& options) {
  if (options.limit < 0 || options.limit > kMaxLimit) {
    throw Error(ErrorCode::kInvalidArgument,
                "limit " + std::to_string(options.limit) + " is outside the range of [1, 100]");
  }
  const SearchFilter filter = read_filter(options.filters);
  const SearchTerm term = split_term(options.term);
  if (term.words.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "there is nothing to search for");
  }
  constexpr int kDefaultLimit = 25;
  const std::stop_token stop = session.stop();
  std::vector<client::FoundRepository> found =
      client::search(term.registry, term.words, options.limit == 0 ? kDefaultLimit : options.limit,
                     session.settings(), session.credentials().find(term.registry, stop), stop);
  std::erase_if(found, [&](const auto& one) { return !filter.accepts(one); });
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& left, const auto& right) { return left.stars > right.stars; });
  if (term.registry != "docker.io") {
    for (client::FoundRepository& one : found) one.name = term.registry + "/" + one.name;
  }
  Listing listing({{"Name", "NAME"},
                   {"Description", "DESCRIPTION"},
                   {"StarCount", "STARS"},
                   {"IsOfficial", "OFFICIAL"},
                   {"IsAutomated", "AUTOMATED", false}},
                  "Name");
  for (const client::FoundRepository& one : found) {
    listing.add(as_json(one, options.no_truncation));
  }
  listing.print_as({.format = options.format});
  return 0;
}

}  // namespace

Command search_command() {
  Command command;
  command.name = "search";
  command.stays_user = true;
  command.summary = "Search a registry for repositories";
  command.examples =
      "  estiba search debian\n"
      "  estiba search --limit 5 --filter is-official=true nginx\n"
      "  estiba search registry.example.com:5000/demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<SearchOptions>();
    line.option("--limit", options->limit, "NUMBER", "At most so many results: 1 to 100, else 25");
    line.flag("--no-trunc", options->no_truncation, "Don't shorten descriptions");
    line.option("--format", options->format, "FORMAT", "json, table, or a Go template");
    line.list("-f,--filter", options->filters, "KEY=VALUE", "is-official=, is-automated=, stars=");
    line.positional("TERM", options->term, "Words, or REGISTRY/WORDS; docker.io by default");
    return [options](Session& session) { return run_search(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
