// What this host offers for containers, and what to do about what is missing.
#pragma once

#include <string>
#include <vector>

namespace estiba::cli {

class Session;

struct HostOffer {
  std::string name = {};
  bool present = false;
  std::string detail = {};
  std::string remedy = {};  // where it is absent
};

// Looks and tries; the process is in its private mount namespace.
[[nodiscard]] std::vector<HostOffer> host_offers(Session& session);

}  // namespace estiba::cli
