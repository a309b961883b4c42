// Tags: names that mean a digest for an interval of time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "oci/digest.h"
#include "sql/connection_pool.h"
#include "sql/group_commit.h"

namespace estiba::registry {

// A tag that means something else from now on.
struct TagMove {
  std::string tag;
  std::string previous_digest;  // empty: it is new
};

// What belongs to a change: called within its transaction, when the change is made.
using WithinChange = std::function<void(sql::Connection&)>;

// Both within the caller's transaction; kConflict when the repository's rules keep the tag as it
// is.

// Points the tag at `digest` from now on; nothing when it does already.
std::optional<TagMove> move_tag(sql::Connection& connection, std::int64_t repository,
                                const std::string& tag, const Digest& digest,
                                const std::string& account);

// Whatever the rules; false when there is none.
bool end_tag(sql::Connection& connection, std::int64_t repository, const std::string& tag,
             const std::string& account);
// For whoever is about to end or move a tag that exists.
void refuse_immutable(sql::Connection& connection, std::int64_t repository, const std::string& tag);

// Thread-safe. Borrows both.
class Tags {
 public:
  Tags(sql::ConnectionPool& metadata, sql::GroupCommit& commits)
      : metadata_(metadata), commits_(commits) {}
  // Names after `last`, in order, up to `count`.
  [[nodiscard]] std::vector<std::string> list(std::int64_t repository, const std::string& last,
                                              std::size_t count);
  // What the tag means now.
  [[nodiscard]] std::optional<Digest> find(std::int64_t repository, const std::string& tag);
  // Points it at a manifest of the repository; kNotFound when there is none. `on_moved` is called
  // within the transaction when it means something else than before.
  void move(std::int64_t repository, const std::string& tag, const Digest& digest,
            const std::string& account,
            const std::function<void(sql::Connection&, const TagMove&)>& on_moved);
  // Ends the tag now; false when there is none.
  [[nodiscard]] bool end(std::int64_t repository, const std::string& tag,
                         const std::string& account, const WithinChange& within);

 private:
  sql::ConnectionPool& metadata_;
  sql::GroupCommit& commits_;
};

}  // namespace estiba::registry
