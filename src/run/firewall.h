// The host's rules for networks: who may reach whom, where ports lead, whose address is replaced.
#pragma once

#include <vector>

#include "run/network_engine.h"

namespace estiba::run {

// Writes the rules that belong to these members, all that there are on this host: a function of
// them, so that whoever comes after a kill repairs the rules by writing them. Nothing happens where
// they stand already. In chains of our own (ESTIBA-…), to which the kernel's are led. Throws
// kUnsupported when iptables is missing or the kernel lacks what it needs.
void write_firewall(const std::vector<NetworkMembership>& members);

// Somebody else removed rules: the next write_firewall() writes them in any case.
void forget_firewall();

}  // namespace estiba::run
