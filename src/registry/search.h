// Full-text search over repositories: names, descriptions, tags, labels and annotations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "registry/access.h"
#include "registry/blobs.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct SearchQuery {
  std::string text;  // words; each must begin a word of the repository
  std::size_t page_size = 0;
  std::size_t page = 1;  // from 1
};

struct SearchHit {
  std::string name;
  std::string description;
  Visibility visibility = Visibility::kPrivate;
};

struct SearchPage {
  std::vector<SearchHit> hits;  // the best first
  std::size_t total = 0;        // of all pages
};

// The index is a full-text table of the database; triggers of the schema note which repositories
// have changed, and update() reads those anew. Thread-safe. Borrows both.
class Search {
 public:
  Search(sql::ConnectionPool& metadata, Blobs& blobs) : metadata_(metadata), blobs_(blobs) {}

  // Only what the principal may pull. A few changed repositories are indexed first, so that what
  // was just pushed is found; after a mass import update() has to catch up.
  [[nodiscard]] SearchPage find(const Principal& principal, const SearchQuery& query);
  // Indexes up to `limit` changed repositories; returns how many there were.
  std::size_t update(std::size_t limit);

 private:
  sql::ConnectionPool& metadata_;
  Blobs& blobs_;
};

}  // namespace estiba::registry
