// Copying a directory as it is: the first content of a volume.
#pragma once

namespace estiba::run {

// Copies everything below `from_fd` into the empty directory `to_fd`, and the directory's own owner
// and mode: types, owners, modes, times, extended attributes, hard links. Both are open for
// reading; symbolic links are copied, never followed.
void copy_tree(int from_fd, int to_fd);

}  // namespace estiba::run
