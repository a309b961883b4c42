#include "build/base_memory.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

namespace estiba::build {
namespace {

constexpr std::size_t kMaxMemoryBytes = 1u << 20;

std::map<std::string, std::string> read_memory(const std::string& path) {
  std::map<std::string, std::string> known;
  if (!path_exists(path)) return known;
  for (const std::string& line : split(read_file(path, kMaxMemoryBytes), '\n')) {
    const std::size_t space = line.find(' ');
    if (space != std::string::npos) known[line.substr(0, space)] = line.substr(space + 1);
  }
  return known;
}

}  // namespace

void compare_bases(const std::string& path, const std::map<std::string, Digest>& bases,
                   BuildObserver& observer) {
  try {
    std::map<std::string, std::string> known = read_memory(path);
    const auto before = known;
    for (const auto& [name, id] : bases) {
      const auto last = known.find(name);
      if (last != known.end() && last->second != id.to_string()) {
        observer.warning("the base " + name + " is another image than in your last build: " +
                         last->second.substr(7, 12) + " became " + id.short_hex() +
                         " (\"estiba pin\" would hold it)");
      }
      known[name] = id.to_string();
    }
    if (known == before) return;
    std::string text;
    for (const auto& [name, id] : known) text += name + " " + id + "\n";
    write_file_atomically(path, text, 0600);
  } catch (const Error&) {
    // The memory is a courtesy: the next build tells nothing, and remembers anew.
  }
}

}  // namespace estiba::build
