// What a person says about their account, and the ways into having one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "registry/access.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct Profile {
  Account account;
  std::string display_name;
  std::string email;
  std::string language;
  bool second_factor = false;
  bool has_password = false;
  std::int64_t recovery_codes = 0;
  Timestamp created_at;
  std::vector<std::string> organisations;
};

struct ProfileChange {
  std::optional<std::string> display_name;
  std::optional<std::string> email;
  std::optional<std::string> language;
};

// Of an account that exists.
[[nodiscard]] Profile read_profile(sql::ConnectionPool& metadata, std::int64_t account);
// kInvalidArgument for what is too long or no address.
void change_profile(sql::ConnectionPool& metadata, std::int64_t account,
                    const ProfileChange& change);

enum class InvitationKind { kSetup, kSignUp };
// The secret of a link that lets somebody make an account. A setup link replaces those before.
[[nodiscard]] std::string make_invitation(sql::ConnectionPool& metadata, InvitationKind kind,
                                          const std::string& email, const std::string& by);
// Uses it up: false when it is unknown, used or too old.
[[nodiscard]] bool take_invitation(sql::ConnectionPool& metadata, InvitationKind kind,
                                   const std::string& secret);
// Whether nobody has an account yet.
[[nodiscard]] bool needs_setup(sql::ConnectionPool& metadata);

}  // namespace estiba::registry
