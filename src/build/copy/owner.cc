#include "build/copy/owner.h"

#include "run/user.h"

namespace estiba::build {

Owner resolve_owner(const fs::RootDir& image, const std::string& text) {
  const run::ResolvedUser user = run::resolve_user(image, text);
  const bool number = text.find_first_not_of("0123456789") == std::string::npos;
  return Owner{user.uid, number ? user.uid : user.gid};
}

bool names_accounts(const std::string& text) {
  return text.find_first_not_of("0123456789:") != std::string::npos;
}

}  // namespace estiba::build
