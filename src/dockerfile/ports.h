// What the words of EXPOSE mean.
#pragma once

#include <string>
#include <vector>

namespace estiba::dockerfile {

// "80", "8000-8002/udp", "0.0.0.0:80:8080/TCP" to "80/tcp", ..., sorted by number and protocol,
// each once. As docker does, an address and a port of the host are accepted and dropped. Throws
// kInvalidArgument.
[[nodiscard]] std::vector<std::string> exposed_ports(const std::vector<std::string>& words);

}  // namespace estiba::dockerfile
