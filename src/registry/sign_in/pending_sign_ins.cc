#include "registry/sign_in/pending_sign_ins.h"

#include "base/time.h"
#include "registry/limits.h"
#include "registry/secret.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

std::string pending_key(const std::string& state, const std::string& binding) {
  return hash_secret(state + ":" + binding);
}

}  // namespace

std::string PendingSignIns::begin(const PendingSignIn& sign_in, const std::string& binding) {
  std::string state = make_secret("");
  const std::int64_t time = unix_seconds(now());
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  writer->execute("DELETE FROM external_sign_ins WHERE created_at <= $1",
                  time - kSignInLifetime.count());
  // Whoever starts many pushes the oldest out, and does not fill the disk.
  writer->execute(
      "DELETE FROM external_sign_ins WHERE state_hash IN (SELECT state_hash FROM external_sign_ins "
      "ORDER BY created_at DESC LIMIT 1000 OFFSET $1)",
      kMaxPendingSignIns);
  writer->execute(
      "INSERT INTO external_sign_ins (state_hash, provider, nonce, verifier, return_to, "
      "created_at) VALUES ($1, $2, $3, $4, $5, $6)",
      pending_key(state, binding), sign_in.provider, sign_in.nonce, sign_in.verifier,
      sign_in.return_to, time);
  transaction.commit();
  return state;
}

std::optional<PendingSignIn> PendingSignIns::finish(const std::string& state,
                                                    const std::string& binding) {
  if (state.empty() || binding.empty()) return std::nullopt;
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  std::optional<PendingSignIn> found;
  {
    sql::Statement row = writer->query(
        "DELETE FROM external_sign_ins WHERE state_hash = $1 AND created_at > $2 "
        "RETURNING provider, nonce, verifier, return_to",
        pending_key(state, binding), unix_seconds(now()) - kSignInLifetime.count());
    if (row.step()) found = PendingSignIn{row.text(0), row.text(1), row.text(2), row.text(3)};
  }
  transaction.commit();
  return found;
}

}  // namespace estiba::registry
