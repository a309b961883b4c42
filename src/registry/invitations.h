// The ways into having an account: the link of the first start, and those that administrators give.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

enum class InvitationKind { kSetup, kSignUp };

struct Invitation {
  std::int64_t id = 0;
  std::string email;  // may be empty
  std::string created_by;
  Timestamp created_at;
  Timestamp expires_at;
};

struct InvitationRequest {
  InvitationKind kind = InvitationKind::kSignUp;
  std::string email{};
  std::string created_by{};
  std::optional<Timestamp> expires_at{};  // after kInvitationLifetime otherwise
};

struct MadeInvitation {
  Invitation invitation;
  std::string secret;
};

// A setup link replaces those before. kInvalidArgument for a time that has passed or is further
// than kMaxInvitationLifetime, or for what is no e-mail address.
[[nodiscard]] MadeInvitation make_invitation(sql::ConnectionPool& metadata,
                                             const InvitationRequest& request);
// Those to sign up that are in force, after the id `after`.
[[nodiscard]] std::vector<Invitation> list_invitations(sql::ConnectionPool& metadata,
                                                       std::int64_t after, std::size_t count);
// False when there is none to sign up.
[[nodiscard]] bool revoke_invitation(sql::ConnectionPool& metadata, std::int64_t id);
// One that is in force; it stays so.
[[nodiscard]] std::optional<Invitation> find_invitation(sql::ConnectionPool& metadata,
                                                        InvitationKind kind,
                                                        const std::string& secret);
// Uses it up, within the transaction that makes the account; nothing when somebody was quicker.
[[nodiscard]] std::optional<Invitation> take_invitation(sql::Connection& writer,
                                                        InvitationKind kind,
                                                        const std::string& secret);
// The same for the oldest that was sent to this address, which its holder must have proved to own.
[[nodiscard]] std::optional<Invitation> take_invitation_of(sql::Connection& writer,
                                                           const std::string& email);

}  // namespace estiba::registry
