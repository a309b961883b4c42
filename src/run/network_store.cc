#include "run/network_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "fs/lock.h"
#include "fs/tree.h"
#include "run/ipv4.h"
#include "run/ipv6.h"
#include "run/limits.h"
#include "run/network_json.h"

namespace estiba::run {

NetworkDefinition default_network() {
  return {.name = std::string(kDefaultNetwork),
          .id = "e57ba0000000" + std::string(52, '0'),
          .interface = "es-bridge",  // the firewall knows all bridges by "es-"
          .subnet = "10.91.0.0/16",
          .gateway = "10.91.0.1",
          .resolves_names = false};
}

namespace {

bool is_network_name(std::string_view name) {
  const auto is_word = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0;
  };
  return !name.empty() && name.size() <= kMaxNetworkNameBytes && is_word(name.front()) &&
         std::ranges::all_of(name, [&](char letter) {
           return is_word(letter) || letter == '_' || letter == '.' || letter == '-';
         });
}

bool is_reserved(std::string_view name) {
  return name == "host" || name == "none" || name == "default" || name == kDefaultNetwork ||
         name == "container";
}

Subnet requested_subnet(const std::string& text, const std::vector<Subnet>& used) {
  const auto subnet = parse_subnet(text);
  if (!subnet) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid subnet {}", text),
                "write it as in 10.5.0.0/24 or fd00:5::/64");
  }
  const auto overlaps = [&](const Subnet& other) { return other.overlaps(*subnet); };
  if (std::ranges::any_of(used, overlaps)) {
    throw Error(ErrorCode::kConflict, "Pool overlaps with other one on this address space");
  }
  return *subnet;
}

// The one of that family among `texts`, or nothing.
std::string of_family(const std::vector<std::string>& texts, bool ipv6) {
  std::string found;
  for (const std::string& text : texts) {
    if ((text.find(':') != std::string::npos) != ipv6) continue;
    if (!found.empty()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} and {} are of one kind of address", found, text),
                  "a network has one subnet of IPv4, and one of IPv6");
    }
    found = text;
  }
  return found;
}

[[noreturn]] void refuse_gateway(const std::string& gateway) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("no matching subnet for gateway {}", gateway));
}

// Begins somewhere by chance: other stores of this host choose from the same pool, and what they
// have chosen shows only while a container of theirs runs.
Subnet free_subnet(const std::vector<Subnet>& used) {
  constexpr std::uint32_t kPool = (10u << 24) | (92u << 16);  // 10.92.0.0 to 10.155.255.0
  constexpr std::uint32_t kCount = 64u << 8;
  const auto start = static_cast<std::uint32_t>(std::stoul(random_hex(3), nullptr, 16));
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const Subnet subnet{kPool + (((start + i) % kCount) << 8), 24};
    const auto overlaps = [&](const Subnet& other) { return other.overlaps(subnet); };
    if (std::ranges::none_of(used, overlaps)) return subnet;
  }
  throw Error(ErrorCode::kResourceExhausted, "no subnet is free for another network",
              "remove networks that are not used: estiba network prune");
}

void choose_ipv4(const NetworkRequest& request, const std::vector<Subnet>& used,
                 NetworkDefinition& network) {
  const std::string wanted = of_family(request.subnets, false);
  const Subnet subnet = wanted.empty() ? free_subnet(used) : requested_subnet(wanted, used);
  const std::string host = of_family(request.gateways, false);
  const auto gateway = host.empty() ? std::optional(subnet.base + 1) : parse_ipv4(host);
  if (!gateway || !subnet.contains(*gateway)) refuse_gateway(host);
  network.subnet = fmt::format("{}/{}", format_ipv4(subnet.base), subnet.prefix);
  network.gateway = format_ipv4(*gateway);
}

void choose_ipv6(const NetworkRequest& request, NetworkDefinition& network) {
  const std::string wanted = of_family(request.subnets, true);
  const std::string host = of_family(request.gateways, true);
  if (!request.ipv6 && wanted.empty()) {
    if (!host.empty()) refuse_gateway(host);
    return;
  }
  const auto subnet = wanted.empty() ? unique_local_subnet() : parse_subnet6(wanted);
  if (!subnet) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid subnet {}", wanted),
                "write it as in fd00:5::/64, with 32 bits or more for the containers");
  }
  network.subnet6 = subnet->to_string();
  network.gateway6 = host.empty() ? subnet->address(1) : host;
  if (!subnet->contains(network.gateway6)) refuse_gateway(host);
}

}  // namespace

std::string NetworkStore::path_of(const std::string& name) const {
  return fmt::format("{}/{}.json", directory_, name);
}

NetworkDefinition NetworkStore::create(const NetworkRequest& request) const {
  if (!is_network_name(request.name)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("invalid network name \"{}\"", request.name),
                "use letters, digits, \"_\", \".\" and \"-\"");
  }
  make_directories(directory_, 0700);
  const fs::FileLock lock = fs::FileLock::exclusive(directory_ + "/lock");
  if (is_reserved(request.name) || path_exists(path_of(request.name))) {
    throw Error(ErrorCode::kConflict,
                fmt::format("network with name {} already exists", request.name));
  }
  std::vector<Subnet> used = host_subnets();
  for (const NetworkDefinition& network : list()) used.push_back(*parse_subnet(network.subnet));
  NetworkDefinition network{.name = request.name,
                            .id = random_hex(32),
                            .internal = request.internal,
                            .labels = request.labels,
                            .created = now()};
  choose_ipv4(request, used, network);
  choose_ipv6(request, network);
  network.interface = "es-" + network.id.substr(0, 12);  // IFNAMSIZ leaves 15
  write_file_atomically(path_of(network.name), nlohmann::json(network).dump(2) + "\n", 0600);
  return network;
}

std::vector<NetworkDefinition> NetworkStore::list() const {
  std::vector<NetworkDefinition> networks = {default_network()};
  const UniqueFd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return networks;
  for (const std::string& name : fs::list_directory(directory.get())) {
    if (!name.ends_with(".json")) continue;
    const std::string path = directory_ + "/" + name;
    try {
      networks.push_back(nlohmann::json::parse(read_file(path, kMaxNetworkFileBytes)));
    } catch (const nlohmann::json::exception& error) {
      throw Error(ErrorCode::kDataLoss, fmt::format("{} is damaged: {}", path, error.what()));
    }
  }
  std::ranges::sort(networks, {}, &NetworkDefinition::name);
  return networks;
}

std::optional<NetworkDefinition> NetworkStore::try_find(std::string_view name) const {
  std::vector<NetworkDefinition> matches;
  for (NetworkDefinition& network : list()) {
    if (network.name == name || network.id == name) return network;
    if (!name.empty() && network.id.starts_with(name)) matches.push_back(std::move(network));
  }
  if (matches.size() == 1) return matches.front();
  if (name == "default") return default_network();
  return {};
}

NetworkDefinition NetworkStore::find(std::string_view name) const {
  if (auto network = try_find(name)) return std::move(*network);
  throw Error(ErrorCode::kNotFound, fmt::format("network {} not found", name),
              fmt::format("estiba network create {} makes it", name));
}

void NetworkStore::remove(const NetworkDefinition& network) const {
  if (is_reserved(network.name)) {
    throw Error(ErrorCode::kPermissionDenied,
                fmt::format("{} is a pre-defined network and cannot be removed", network.name));
  }
  if (::unlink(path_of(network.name).c_str()) != 0 && errno != ENOENT) {
    throw_errno("remove the network " + network.name);
  }
}

}  // namespace estiba::run
