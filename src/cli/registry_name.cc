#include "cli/registry_name.h"

#include "oci/reference.h"

namespace estiba::cli {

std::string registry_name(const std::string& server) {
  std::string name = server;
  const std::size_t scheme = name.find("://");
  if (scheme != std::string::npos) name = name.substr(scheme + 3);
  name = name.substr(0, name.find('/'));
  if (name.empty() || name == "index.docker.io" || name == "registry-1.docker.io") {
    return "docker.io";
  }
  // A name that no registry can have is refused by the rules for references.
  return Repository::from_parts(name, "library/none").registry();
}

}  // namespace estiba::cli
