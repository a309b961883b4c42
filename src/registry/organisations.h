// Organisations, their teams, and the robots of namespaces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "registry/access.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct OrganisationRecord {
  std::int64_t id = 0;
  std::string name;
  std::string display_name;
  std::string email;
  Timestamp created_at;
  std::int64_t repositories = 0;
  std::int64_t members = 0;
  std::int64_t teams = 0;
};

struct TeamRecord {
  std::int64_t id = 0;
  std::string name;  // without its organisation's
  std::string description;
  std::int64_t members = 0;
  std::optional<Role> role;
  Timestamp created_at;
};

struct MemberRecord {
  std::int64_t id = 0;
  std::string name;
  std::string display_name;
  std::vector<std::string> teams;
};

struct RobotRecord {
  std::int64_t id = 0;
  std::string name;  // the whole
  std::string description;
  Timestamp created_at;
  std::int64_t tokens = 0;
  std::optional<Timestamp> used_at;
};

struct NewTeam {
  std::string name;
  std::string description;
  std::optional<Role> role;
};

// Thread-safe. Borrows the database. Lists go on after an id. What is not there is kNotFound, what
// is there already kAlreadyExists, a name that cannot be kInvalidArgument.
class Organisations {
 public:
  explicit Organisations(sql::ConnectionPool& metadata) : metadata_(metadata) {}

  // With a team "owners" that administers it, whose first member is `owner`.
  void add(const std::string& name, std::int64_t owner);
  [[nodiscard]] OrganisationRecord find(std::int64_t organisation);
  // Those of which the account is a member.
  [[nodiscard]] std::vector<OrganisationRecord> list(std::int64_t account, std::int64_t after,
                                                     std::size_t count);
  // kConflict while it has repositories.
  void remove(std::int64_t organisation);

  void add_team(std::int64_t organisation, const NewTeam& team);
  [[nodiscard]] std::vector<TeamRecord> teams(std::int64_t organisation, std::int64_t after,
                                              std::size_t count);
  [[nodiscard]] std::int64_t team_id(std::int64_t organisation, const std::string& team);
  // kConflict for the team of owners.
  void remove_team(std::int64_t organisation, const std::string& team);
  // Of one team, or of all (team 0).
  [[nodiscard]] std::vector<MemberRecord> members(std::int64_t organisation, std::int64_t team,
                                                  std::int64_t after, std::size_t count);
  void add_member(std::int64_t team, const std::string& account);
  // kConflict for the last owner.
  void remove_member(std::int64_t organisation, std::int64_t team, const std::string& account);

  RobotRecord add_robot(const std::string& space, std::int64_t space_id, const std::string& name,
                        const std::string& description);
  [[nodiscard]] std::vector<RobotRecord> robots(std::int64_t space, std::int64_t after,
                                                std::size_t count);
  [[nodiscard]] std::int64_t robot_id(std::int64_t space, const std::string& robot);
  void remove_robot(std::int64_t space, const std::string& robot);

 private:
  sql::ConnectionPool& metadata_;
};

}  // namespace estiba::registry
