#include "registry/invitations.h"

#include "base/error.h"
#include "base/text.h"
#include "registry/limits.h"
#include "registry/profiles.h"
#include "registry/secret.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::string_view kInvitationColumns = "id, email, created_by, created_at, expires_at";

std::string_view invitation_name(InvitationKind kind) {
  return kind == InvitationKind::kSetup ? "setup" : "sign-up";
}

Invitation read_invitation(const sql::Statement& row) {
  return {row.integer(0), row.text(1), row.text(2), from_unix_seconds(row.integer(3)),
          from_unix_seconds(row.integer(4))};
}

Timestamp expiry_of(const InvitationRequest& request) {
  const Timestamp time = now();
  if (!request.expires_at) return time + kInvitationLifetime;
  if (*request.expires_at <= time || *request.expires_at > time + kMaxInvitationLifetime) {
    throw Error(ErrorCode::kInvalidArgument,
                "an invitation expires in the future, within a year at most");
  }
  return *request.expires_at;
}

}  // namespace

MadeInvitation make_invitation(sql::ConnectionPool& metadata, const InvitationRequest& request) {
  check_profile({{}, request.email, {}});
  MadeInvitation made{{0, request.email, request.created_by, now(), expiry_of(request)},
                      make_secret("")};
  const auto writer = metadata.writer();
  sql::Transaction transaction(*writer);
  writer->execute("DELETE FROM invitations WHERE expires_at <= $1",
                  unix_seconds(made.invitation.created_at));
  if (request.kind == InvitationKind::kSetup) {
    writer->execute("DELETE FROM invitations WHERE kind = 'setup'");
  }
  {
    sql::Statement row = writer->query(
        "INSERT INTO invitations (kind, secret_hash, email, created_by, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING " +
            std::string(kInvitationColumns),
        invitation_name(request.kind), hash_secret(made.secret), request.email, request.created_by,
        unix_seconds(made.invitation.created_at), unix_seconds(made.invitation.expires_at));
    if (row.step()) made.invitation = read_invitation(row);
  }
  transaction.commit();
  return made;
}

std::vector<Invitation> list_invitations(sql::ConnectionPool& metadata, std::int64_t after,
                                         std::size_t count) {
  const auto reader = metadata.reader();
  sql::Statement rows =
      reader->query("SELECT " + std::string(kInvitationColumns) +
                        " FROM invitations WHERE kind = 'sign-up' AND id > $1 AND expires_at > $2 "
                        "ORDER BY id LIMIT $3",
                    after, unix_seconds(now()), count);
  std::vector<Invitation> invitations;
  for (const sql::Statement& row : rows) invitations.push_back(read_invitation(row));
  return invitations;
}

bool revoke_invitation(sql::ConnectionPool& metadata, std::int64_t id) {
  return metadata.writer()->execute("DELETE FROM invitations WHERE id = $1 AND kind = 'sign-up'",
                                    id) > 0;
}

std::optional<Invitation> find_invitation(sql::ConnectionPool& metadata, InvitationKind kind,
                                          const std::string& secret) {
  const auto reader = metadata.reader();
  sql::Statement row = reader->query(
      "SELECT " + std::string(kInvitationColumns) +
          " FROM invitations WHERE kind = $1 AND secret_hash = $2 AND expires_at > $3",
      invitation_name(kind), hash_secret(secret), unix_seconds(now()));
  if (!row.step()) return std::nullopt;
  return read_invitation(row);
}

std::optional<Invitation> take_invitation(sql::Connection& writer, InvitationKind kind,
                                          const std::string& secret) {
  sql::Statement row = writer.query(
      "DELETE FROM invitations WHERE kind = $1 AND secret_hash = $2 AND expires_at > $3 "
      "RETURNING " +
          std::string(kInvitationColumns),
      invitation_name(kind), hash_secret(secret), unix_seconds(now()));
  if (!row.step()) return std::nullopt;
  return read_invitation(row);
}

std::optional<Invitation> take_invitation_of(sql::Connection& writer, const std::string& email) {
  if (email.empty()) return std::nullopt;  // as that of many invitations is
  sql::Statement row = writer.query(
      "DELETE FROM invitations WHERE id = (SELECT min(id) FROM invitations WHERE kind = 'sign-up' "
      "AND lower(email) = $1 AND expires_at > $2) RETURNING " +
          std::string(kInvitationColumns),
      to_lower(email), unix_seconds(now()));
  if (!row.step()) return std::nullopt;
  return read_invitation(row);
}

}  // namespace estiba::registry
