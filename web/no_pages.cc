// In place of what pack.mjs makes, for a program without pages.
#include "registry/web/pages.h"

namespace estiba::registry::web {

Pages embedded_pages() {
  return {};
}

}  // namespace estiba::registry::web
