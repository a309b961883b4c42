#include "run/container_spec.h"

#include "base/text.h"

namespace estiba::run {

std::string new_container_id() {
  return random_hex(32);
}

}  // namespace estiba::run
