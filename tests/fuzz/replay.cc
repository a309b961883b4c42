// Runs a target without libFuzzer: every file of a corpus, and a fixed number of changes to them
// that are the same on every machine. What the tests run; the hours belong to run.sh.
//
//   fuzz_X FOLDER COUNT
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/answered.h"

namespace {

constexpr std::size_t kMaxInputBytes = 8192;

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(folder)) files.push_back(file.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> inputs{""};
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string next() {
    std::string input = corpus_[below(corpus_.size())];
    for (std::size_t changes = 1 + below(6); changes > 0; --changes) change(input);
    if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
    return input;
  }

 private:
  // Modulo in place of a distribution, whose results the standard does not fix.
  std::size_t below(std::size_t count) { return count == 0 ? 0 : random_() % count; }

  void change(std::string& input) {
    const std::size_t at = below(input.size() + 1);
    const std::size_t length = std::min(input.size() - at, below(16) + 1);
    switch (below(6)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 1:
        input.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 2:
        input.erase(at, length);
        break;
      case 3:
        input.insert(at, input.substr(at, length));
        break;
      case 4:
        input.insert(at, piece());
        break;
      default:
        input.resize(at);
    }
  }

  // Of another file of the corpus.
  std::string piece() {
    const std::string& other = corpus_[below(corpus_.size())];
    return other.substr(below(other.size() + 1), below(64));
  }

  const std::vector<std::string>& corpus_;
  std::mt19937 random_{20'000};
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::vector<std::string> corpus = read_corpus(arguments[1]);
  for (const std::string& input : corpus) run(input);
  Mutator mutator(corpus);
  const int changed = std::atoi(arguments[2]);
  for (int number = 0; number < changed; ++number) run(mutator.next());
  std::cout << corpus.size() << " inputs and " << changed << " changes of them\n";
  return 0;
}
