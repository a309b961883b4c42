// Running programs of another processor.
#pragma once

#include "oci/platform.h"

namespace estiba::build {

// Fails with kUnsupported, naming the ways out, unless this host runs programs for `platform`: by
// itself or through an emulator that the kernel knows (binfmt_misc).
void require_emulator(const Platform& platform);

}  // namespace estiba::build
