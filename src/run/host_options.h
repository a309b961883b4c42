// The values of run's options that have a grammar of their own. All throw kInvalidArgument with the
// value that was wrong.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "run/host_config.h"

namespace estiba::run {

// "/dev/fuse", "/dev/sda:/dev/xvda", "/dev/sda:/dev/xvda:r", "/dev/fuse:rw".
[[nodiscard]] DeviceMapping parse_device(std::string_view text);
// "/run", "/run:size=64m,mode=700,ro,exec".
[[nodiscard]] TmpfsMount parse_tmpfs(std::string_view text);
// "NAME=VALUE". Only those that belong to a namespace of the container's own.
[[nodiscard]] std::pair<std::string, std::string> parse_sysctl(std::string_view text);
// "seccomp=unconfined", "seccomp=FILE", "no-new-privileges[:true|false]",
// "systempaths=unconfined". The labels of security modules that containers here do not use are
// accepted where they ask for less ("apparmor=unconfined", "label=disable").
void apply_security_option(std::string_view text, SecurityOptions& options);
// "", "private", "host", "container:NAME" and ("shareable" and "none" for ipc).
[[nodiscard]] std::string parse_namespace(std::string_view option, std::string_view text);
// "1.5"; more than nothing and no more than the host has.
[[nodiscard]] double parse_cpus(std::string_view text);
// "0-2,4": processors that the host has.
[[nodiscard]] std::string parse_cpuset(std::string_view text);

}  // namespace estiba::run
