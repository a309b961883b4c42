// What a person says about their account.
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
void check_profile(const ProfileChange& change);
// Checks it first.
void change_profile(sql::ConnectionPool& metadata, std::int64_t account,
                    const ProfileChange& change);

// Whether nobody has an account yet.
[[nodiscard]] bool needs_setup(sql::ConnectionPool& metadata);

}  // namespace estiba::registry
