// Whether a candidate of the collector may go, and its going.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "registry/collection_queue.h"

namespace estiba::registry {

struct Candidate {
  std::int64_t repository = 0;
  CandidateKind kind = CandidateKind::kBlob;
  std::string digest;
};

// Within the caller's transaction: takes the candidate out of the queue and, when nothing refers to
// it, out of the repository; one that a tag's history holds stays queued until that is over. True
// when it went.
bool review_candidate(sql::Connection& connection, const Candidate& candidate,
                      std::chrono::seconds undelete_window);

}  // namespace estiba::registry
