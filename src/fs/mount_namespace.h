// Where we came from, when we entered a mount namespace of our own.
#pragma once

namespace estiba::fs {

// A descriptor of the mount namespace in which this process began; -1 when it is still there. For
// programs that outlive us: in ours they would keep what is mounted there.
[[nodiscard]] int original_mount_namespace();

}  // namespace estiba::fs
