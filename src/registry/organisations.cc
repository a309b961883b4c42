#include "registry/organisations.h"

#include "base/error.h"
#include "base/text.h"
#include "registry/accounts.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::string_view kOwners = "owners";

void check_part_name(const std::string& name, const char* what) {
  if (is_valid_account_name(name)) return;
  throw Error(ErrorCode::kInvalidArgument, "\"" + name.substr(0, 200) + "\" is no name of " + what,
              "use 2 to 255 of a-z, 0-9, '_', '.' and '-', first and last a letter or digit");
}

// The id of an account that nobody can sign in to.
std::int64_t insert_account(sql::Connection& writer, const std::string& name, AccountKind kind,
                            std::optional<std::int64_t> parent, const std::string& description) {
  try {
    sql::Statement made = writer.query(
        "INSERT INTO accounts (name, password_hash, kind, parent_id, description, created_at) "
        "VALUES ($1, '', $2, $3, $4, $5) RETURNING id",
        name, account_kind_name(kind), parent, description, unix_seconds(now()));
    if (!made.step()) throw Error(ErrorCode::kInternal, "an account was not made");
    return made.integer(0);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kAlreadyExists) throw;
    throw Error(ErrorCode::kAlreadyExists, "the name \"" + name + "\" is taken");
  }
}

constexpr std::string_view kOrganisationColumns =
    "SELECT o.id, o.name, o.display_name, o.email, o.created_at, "
    "(SELECT count(*) FROM repositories r WHERE r.owner_id = o.id AND r.deleted_at IS NULL), "
    "(SELECT count(DISTINCT m.account_id) FROM team_members m JOIN accounts t ON t.id = m.team_id "
    "WHERE t.parent_id = o.id), "
    "(SELECT count(*) FROM accounts t WHERE t.parent_id = o.id AND t.kind = 'team') "
    "FROM accounts o WHERE o.kind = 'organisation' AND ";

OrganisationRecord read_organisation(const sql::Statement& row) {
  return {
      row.integer(0), row.text(1),    row.text(2),   row.text(3), from_unix_seconds(row.integer(4)),
      row.integer(5), row.integer(6), row.integer(7)};
}

std::int64_t child_id(sql::Connection& connection, std::int64_t parent, AccountKind kind,
                      const std::string& name) {
  sql::Statement row = connection.query(
      "SELECT c.id FROM accounts c JOIN accounts p ON p.id = c.parent_id WHERE p.id = $1 "
      "AND c.kind = $2 AND c.name = p.name || $3 || $4",
      parent, account_kind_name(kind), kind == AccountKind::kTeam ? ":" : "+", name);
  if (row.step()) return row.integer(0);
  throw Error(ErrorCode::kNotFound,
              "there is no " + std::string(account_kind_name(kind)) + " \"" + name + "\"");
}

std::string name_after(const std::string& whole, char separator) {
  return whole.substr(whole.find(separator) + 1);
}

RobotRecord read_robot(const sql::Statement& row) {
  RobotRecord robot{row.integer(0), row.text(1), row.text(2), from_unix_seconds(row.integer(3)),
                    row.integer(4), std::nullopt};
  if (const auto used = row.optional_integer(5)) robot.used_at = from_unix_seconds(*used);
  return robot;
}

}  // namespace

void Organisations::add(const std::string& name, std::int64_t owner) {
  check_part_name(name, "an organisation");
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  const std::int64_t id =
      insert_account(*writer, name, AccountKind::kOrganisation, std::nullopt, "");
  const std::int64_t team =
      insert_account(*writer, name + ":" + std::string(kOwners), AccountKind::kTeam, id, "");
  writer->execute(
      "INSERT INTO namespace_permissions (namespace_id, account_id, role) VALUES ($1, $2, 'admin')",
      id, team);
  writer->execute("INSERT INTO team_members (team_id, account_id, added_at) VALUES ($1, $2, $3)",
                  team, owner, unix_seconds(now()));
  transaction.commit();
}

OrganisationRecord Organisations::find(std::int64_t organisation) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(std::string(kOrganisationColumns) + "o.id = $1", organisation);
  if (!row.step()) throw Error(ErrorCode::kNotFound, "there is no such organisation");
  return read_organisation(row);
}

std::vector<OrganisationRecord> Organisations::list(std::int64_t account, std::int64_t after,
                                                    std::size_t count) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      std::string(kOrganisationColumns) +
          "o.id > $1 AND o.id IN (SELECT t.parent_id FROM accounts t JOIN team_members m "
          "ON m.team_id = t.id WHERE m.account_id = $2) ORDER BY o.id LIMIT $3",
      after, account, count);
  std::vector<OrganisationRecord> found;
  for (const sql::Statement& row : rows) found.push_back(read_organisation(row));
  return found;
}

void Organisations::remove(std::int64_t organisation) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  {
    sql::Statement row = writer->query(
        "SELECT 1 FROM repositories WHERE owner_id = $1 AND deleted_at IS NULL LIMIT 1",
        organisation);
    if (row.step()) {
      throw Error(ErrorCode::kConflict, "the organisation has repositories",
                  "delete them, or give them to somebody else, first");
    }
  }
  writer->execute("DELETE FROM accounts WHERE id = $1", organisation);
  transaction.commit();
}

void Organisations::add_team(std::int64_t organisation, const NewTeam& team) {
  check_part_name(team.name, "a team");
  const std::string name = find(organisation).name;
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  const std::int64_t id = insert_account(*writer, name + ":" + team.name, AccountKind::kTeam,
                                         organisation, team.description);
  if (team.role) {
    writer->execute(
        "INSERT INTO namespace_permissions (namespace_id, account_id, role) VALUES ($1, $2, $3)",
        organisation, id, role_name(*team.role));
  }
  transaction.commit();
}

std::vector<TeamRecord> Organisations::teams(std::int64_t organisation, std::int64_t after,
                                             std::size_t count) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      "SELECT t.id, t.name, t.description, t.created_at, n.role, "
      "(SELECT count(*) FROM team_members m WHERE m.team_id = t.id) FROM accounts t "
      "LEFT JOIN namespace_permissions n ON n.account_id = t.id AND n.namespace_id = t.parent_id "
      "WHERE t.parent_id = $1 AND t.kind = 'team' AND t.id > $2 ORDER BY t.id LIMIT $3",
      organisation, after, count);
  std::vector<TeamRecord> found;
  for (const sql::Statement& row : rows) {
    found.push_back({row.integer(0), name_after(row.text(1), ':'), row.text(2), row.integer(5),
                     parse_role(row.optional_text(4).value_or("")),
                     from_unix_seconds(row.integer(3))});
  }
  return found;
}

std::int64_t Organisations::team_id(std::int64_t organisation, const std::string& team) {
  return child_id(*metadata_.reader(), organisation, AccountKind::kTeam, team);
}

void Organisations::remove_team(std::int64_t organisation, const std::string& team) {
  if (team == kOwners) {
    throw Error(ErrorCode::kConflict, "the team of owners stays while the organisation does");
  }
  const std::int64_t id = team_id(organisation, team);
  metadata_.writer()->execute("DELETE FROM accounts WHERE id = $1", id);
}

std::vector<MemberRecord> Organisations::members(std::int64_t organisation, std::int64_t team,
                                                 std::int64_t after, std::size_t count) {
  const auto reader = metadata_.reader();
  std::vector<MemberRecord> found;
  {
    sql::Statement rows = reader->query(
        "SELECT a.id, a.name, a.display_name FROM accounts a WHERE a.id > $1 AND a.id IN "
        "(SELECT m.account_id FROM team_members m JOIN accounts t ON t.id = m.team_id "
        "WHERE t.parent_id = $2 AND ($3 = 0 OR t.id = $3)) ORDER BY a.id LIMIT $4",
        after, organisation, team, count);
    for (const sql::Statement& row : rows) {
      found.push_back({row.integer(0), row.text(1), row.text(2), {}});
    }
  }
  for (MemberRecord& member : found) {
    sql::Statement rows = reader->query(
        "SELECT t.name FROM team_members m JOIN accounts t ON t.id = m.team_id "
        "WHERE t.parent_id = $1 AND m.account_id = $2 ORDER BY t.name",
        organisation, member.id);
    for (const sql::Statement& row : rows) member.teams.push_back(name_after(row.text(0), ':'));
  }
  return found;
}

void Organisations::add_member(std::int64_t team, const std::string& account) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  std::int64_t id = 0;
  {
    sql::Statement row = writer->query(
        "SELECT id FROM accounts WHERE name = $1 AND kind IN ('user', 'robot')", account);
    if (!row.step()) {
      throw Error(ErrorCode::kNotFound, "there is no user or robot \"" + account + "\"");
    }
    id = row.integer(0);
  }
  writer->execute(
      "INSERT INTO team_members (team_id, account_id, added_at) VALUES ($1, $2, $3) "
      "ON CONFLICT (team_id, account_id) DO NOTHING",
      team, id, unix_seconds(now()));
  transaction.commit();
}

void Organisations::remove_member(std::int64_t organisation, std::int64_t team,
                                  const std::string& account) {
  const std::int64_t owners = team_id(organisation, std::string(kOwners));
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  const auto removed = writer->execute(
      "DELETE FROM team_members WHERE account_id = (SELECT id FROM accounts WHERE name = $1) AND "
      "team_id IN (SELECT id FROM accounts WHERE parent_id = $2 AND ($3 = 0 OR id = $3))",
      account, organisation, team);
  if (removed == 0) throw Error(ErrorCode::kNotFound, "\"" + account + "\" is no member");
  {
    sql::Statement left =
        writer->query("SELECT 1 FROM team_members WHERE team_id = $1 LIMIT 1", owners);
    if (!left.step()) throw Error(ErrorCode::kConflict, "the last owner of an organisation stays");
  }
  transaction.commit();
}

constexpr std::string_view kRobotColumns =
    "SELECT a.id, a.name, a.description, a.created_at, "
    "(SELECT count(*) FROM tokens t WHERE t.account_id = a.id), "
    "(SELECT max(t.used_at) FROM tokens t WHERE t.account_id = a.id) FROM accounts a ";

RobotRecord Organisations::add_robot(const std::string& space, std::int64_t space_id,
                                     const std::string& name, const std::string& description) {
  check_part_name(name, "a robot");
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  const std::int64_t id =
      insert_account(*writer, space + "+" + name, AccountKind::kRobot, space_id, description);
  transaction.commit();
  sql::Statement row = writer->query(std::string(kRobotColumns) + "WHERE a.id = $1", id);
  if (!row.step()) throw Error(ErrorCode::kInternal, "a robot is gone");
  return read_robot(row);
}

std::vector<RobotRecord> Organisations::robots(std::int64_t space, std::int64_t after,
                                               std::size_t count) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      std::string(kRobotColumns) +
          "WHERE a.parent_id = $1 AND a.kind = 'robot' AND a.id > $2 ORDER BY a.id LIMIT $3",
      space, after, count);
  std::vector<RobotRecord> found;
  for (const sql::Statement& row : rows) found.push_back(read_robot(row));
  return found;
}

std::int64_t Organisations::robot_id(std::int64_t space, const std::string& robot) {
  return child_id(*metadata_.reader(), space, AccountKind::kRobot, robot);
}

void Organisations::remove_robot(std::int64_t space, const std::string& robot) {
  const std::int64_t id = robot_id(space, robot);
  metadata_.writer()->execute("DELETE FROM accounts WHERE id = $1", id);
}

}  // namespace estiba::registry
