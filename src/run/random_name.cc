#include "run/random_name.h"

#include <array>
#include <random>
#include <string_view>

#include "base/text.h"

namespace estiba::run {
namespace {

constexpr std::array<std::string_view, 32> kManners = {
    "agile",  "brave", "bright", "calm",  "candid", "clever", "curious", "eager",
    "exact",  "fair",  "fond",   "frank", "gentle", "glad",   "humble",  "jolly",
    "keen",   "kind",  "lively", "lucid", "merry",  "modest", "noble",   "patient",
    "polite", "proud", "quick",  "quiet", "sober",  "steady", "tidy",    "witty"};
constexpr std::array<std::string_view, 32> kPeople = {
    "babbage", "bell",     "bernoulli", "bohr",    "boole",   "carson",   "cori",    "curie",
    "darwin",  "dijkstra", "euler",     "faraday", "fermat",  "franklin", "galileo", "gauss",
    "germain", "goodall",  "hamilton",  "hopper",  "kepler",  "knuth",    "leavitt", "lovelace",
    "maxwell", "meitner",  "mendel",    "newton",  "noether", "pascal",   "ritchie", "turing"};

}  // namespace

std::string random_container_name() {
  std::random_device random;
  std::string name(kManners[random() % kManners.size()]);
  name += '_';
  name += kPeople[random() % kPeople.size()];
  return name + '-' + random_hex(2);
}

}  // namespace estiba::run
