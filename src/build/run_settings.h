// What the command line gives to RUN: secrets, SSH agents, hosts, limits.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "run/container_spec.h"

namespace estiba::build {

// Where the value of a secret is; read only when a step asks for it.
struct SecretSource {
  std::string file;      // empty: from the environment
  std::string variable;  // of our own environment
  friend bool operator==(const SecretSource&, const SecretSource&) = default;
};

struct RunSettings {
  std::map<std::string, SecretSource> secrets;  // by ID
  // By ID: the socket of an agent, or files with private keys.
  std::map<std::string, std::vector<std::string>> ssh;
  std::vector<run::ExtraHost> extra_hosts;
  std::vector<run::ResourceBound> bounds;
  std::uint64_t shm_size_bytes = 0;  // 0: docker's default
  bool allow_insecure = false;       // RUN --security=insecure
};

// docker's --secret: "id=npm,src=.npmrc", "id=token,env=TOKEN", "type=env,id=TOKEN". Adds it to
// `settings`. Throws kInvalidArgument.
void add_secret(std::string_view text, RunSettings& settings);
// docker's --ssh: "default", "ID=SOCKET" or "ID=KEY[,KEY]". Throws kInvalidArgument, also when
// there is no agent for "default".
void add_ssh(std::string_view text, RunSettings& settings);
// docker's --allow: "security.insecure", "network.host". Throws kInvalidArgument.
void add_entitlement(std::string_view text, RunSettings& settings);

}  // namespace estiba::build
