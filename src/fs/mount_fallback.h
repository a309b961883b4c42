// How older kernels mount. The functions of mount.h come here by themselves where they must; apart
// so that tests can show both ways on one kernel.
#pragma once

#include "fs/mount.h"

namespace estiba::fs {

// The only way before Linux 6.5: mount(2) copies one page of options and no more.
[[nodiscard]] Mount mount_overlay_with_option_string(const OverlayMount& overlay);

// The only way before Linux 6.12, or without CONFIG_EROFS_FS_BACKED_BY_FILE.
[[nodiscard]] Mount mount_erofs_on_loop_devices(const ErofsMount& erofs);

}  // namespace estiba::fs
