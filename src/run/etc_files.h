// /etc/hosts, /etc/hostname and /etc/resolv.conf of a container: files of its bundle, mounted over
// the image's, so that what this host looks like never gets into an image.
#pragma once

#include <string>
#include <vector>

#include "run/container_spec.h"

namespace estiba::run {

// Writes the files into `directory` and tells how to mount them. With the host's network they are
// the host's own, else they know loopback and what the container's network tells.
[[nodiscard]] std::vector<BindMount> write_etc_files(const std::string& directory,
                                                     const ContainerSpec& spec,
                                                     const std::string& hostname);

// The text of /etc/resolv.conf.
[[nodiscard]] std::string resolver_text(const ContainerSpec& spec);

}  // namespace estiba::run
