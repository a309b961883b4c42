// What is mounted in our namespace: /proc/self/mountinfo (proc_pid_mountinfo(5)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace estiba::fs {

struct MountInfo {
  int id = 0;
  int parent_id = 0;
  std::string device;         // "major:minor"
  std::string root;           // which folder of the filesystem is mounted
  std::string mount_point;    // unescaped
  std::string options;        // of this mount: "rw,relatime"
  bool is_shared = false;     // has peers to which it tells what is mounted below
  bool is_slave = false;      // is told so by others
  std::string type;           // "ext4", "cgroup2"
  std::string source;         // "/dev/vda1", "none"
  std::string super_options;  // of the filesystem
};

// Lines in the kernel's order: a later mount on the same point hides an earlier one. A line that
// does not have the format fails with kInternal.
[[nodiscard]] std::vector<MountInfo> parse_mount_info(std::string_view text);
[[nodiscard]] std::vector<MountInfo> read_mount_info();

}  // namespace estiba::fs
