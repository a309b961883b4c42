// What the collector has to look at.
//
// A blob (as one repository has it) or a manifest is queued by the transaction that may have taken
// its last reference away, and by the one that brings a blob in, which nothing refers to yet. The
// collector reviews it some time later and decides by what is true then. Whoever is told that it is
// there (HEAD, mount, upload) begins that time anew: this is the lease that keeps what a push in
// flight counts on. A manifest that never had a tag and was never part of an index is never queued:
// whoever pushes by digest alone means to keep it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace estiba::sql {
class Connection;
}

namespace estiba::registry {

enum class CandidateKind { kBlob, kManifest };
[[nodiscard]] std::string_view candidate_kind_name(CandidateKind kind);

// All within the caller's transaction.

// Queues it now, or begins its time anew.
void queue_candidate(sql::Connection& connection, std::int64_t repository, CandidateKind kind,
                     const std::string& digest);
// What the tag means at this moment.
void queue_tag_target(sql::Connection& connection, std::int64_t repository, const std::string& tag);
// Begins its time anew when it is queued; false when it isn't (any more).
bool renew_candidate(sql::Connection& connection, std::int64_t repository, CandidateKind kind,
                     const std::string& digest);
// It was pushed by its digest: to be kept.
void forget_candidate(sql::Connection& connection, std::int64_t repository, CandidateKind kind,
                      const std::string& digest);
// A file whose blob is gone; the collector deletes it.
void doom_file(sql::Connection& connection, const std::string& storage_key);
// Dooms the blob when no repository has it any more.
void doom_unlinked_blob(sql::Connection& connection, const std::string& digest);

}  // namespace estiba::registry
