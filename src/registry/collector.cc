#include "registry/collector.h"

#include <optional>
#include <vector>

#include "base/time.h"
#include "registry/candidate_review.h"
#include "registry/limits.h"
#include "registry/trash.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

std::int64_t seconds_before_now(std::chrono::seconds age) {
  return unix_seconds(now()) - age.count();
}

constexpr auto kBatch = static_cast<std::int64_t>(kReviewBatch);

std::vector<Candidate> due_candidates(sql::Connection& connection, std::int64_t queued_before) {
  // What belongs to a deleted repository goes, or comes back, with all of it.
  sql::Statement rows = connection.query(
      "SELECT q.repository_id, q.kind, q.digest FROM collection_queue q "
      "JOIN repositories r ON r.id = q.repository_id AND r.deleted_at IS NULL "
      "WHERE q.queued_at < $1 AND q.held_until < $2 ORDER BY q.queued_at LIMIT $3",
      queued_before, unix_seconds(now()), kBatch);
  std::vector<Candidate> found;
  for (const sql::Statement& row : rows) {
    found.push_back({row.integer(0),
                     row.text(1) == "blob" ? CandidateKind::kBlob : CandidateKind::kManifest,
                     row.text(2)});
  }
  return found;
}

std::vector<std::string> doomed_files(sql::Connection& connection, const std::string& after) {
  sql::Statement rows = connection.query(
      "SELECT storage_key FROM doomed_files WHERE storage_key > $1 ORDER BY storage_key LIMIT $2",
      after, kBatch);
  std::vector<std::string> keys;
  for (const sql::Statement& row : rows) keys.push_back(row.text(0));
  return keys;
}

bool files_are_held(sql::Connection& connection) {
  sql::Statement row =
      connection.query("SELECT 1 FROM collection_holds WHERE expires_at > $1", unix_seconds(now()));
  return row.step();
}

// The blobs of a repository that is about to go.
std::vector<std::string> blobs_of(sql::Connection& connection, std::int64_t repository) {
  sql::Statement rows = connection.query(
      "SELECT digest FROM repository_blobs WHERE repository_id = $1 LIMIT $2", repository, kBatch);
  std::vector<std::string> digests;
  for (const sql::Statement& row : rows) digests.push_back(row.text(0));
  return digests;
}

bool is_known_file(sql::Connection& connection, const std::string& key) {
  sql::Statement row = connection.query(
      "SELECT 1 FROM blobs WHERE storage_key = $1 "
      "UNION ALL SELECT 1 FROM doomed_files WHERE storage_key = $1",
      key);
  return row.step();
}

}  // namespace

CollectionReport Collector::run(const std::stop_token& stop) {
  CollectionReport report;
  purge_repositories(report, stop);
  purge_trash(report, stop);
  review(report, stop);
  delete_files(report, stop);
  return report;
}

void Collector::purge_repositories(CollectionReport& report, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto writer = metadata_.writer();
    sql::Transaction transaction(*writer);
    std::optional<std::int64_t> repository;
    {
      sql::Statement row = writer->query(
          "SELECT id FROM repositories WHERE deleted_at <= $1 ORDER BY deleted_at LIMIT 1",
          seconds_before_now(options_.undelete_window));
      if (row.step()) repository = row.integer(0);
    }
    if (!repository) return;
    const auto digests = blobs_of(*writer, *repository);
    for (const std::string& digest : digests) {
      writer->execute("DELETE FROM repository_blobs WHERE repository_id = $1 AND digest = $2",
                      *repository, digest);
      doom_unlinked_blob(*writer, digest);
    }
    if (digests.empty()) {
      writer->execute("DELETE FROM repositories WHERE id = $1", *repository);
      ++report.repositories;
    }
    report.blobs += digests.size();
    transaction.commit();
  }
}

void Collector::purge_trash(CollectionReport& report, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto writer = metadata_.writer();
    sql::Transaction transaction(*writer);
    std::vector<Candidate> due;
    {
      sql::Statement rows = writer->query(
          "SELECT d.repository_id, d.digest FROM deleted_manifests d JOIN repositories r "
          "ON r.id = d.repository_id AND r.deleted_at IS NULL "
          "WHERE d.deleted_at <= $1 ORDER BY d.deleted_at LIMIT $2",
          seconds_before_now(options_.undelete_window), kBatch);
      for (const sql::Statement& row : rows) {
        due.push_back({row.integer(0), CandidateKind::kManifest, row.text(1)});
      }
    }
    if (due.empty()) return;
    for (const Candidate& manifest : due) {
      purge_manifest(*writer, manifest.repository, manifest.digest);
    }
    transaction.commit();
    report.manifests += due.size();
  }
}

void Collector::review(CollectionReport& report, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto writer = metadata_.writer();
    sql::Transaction transaction(*writer);
    const auto due = due_candidates(*writer, seconds_before_now(options_.delay));
    if (due.empty()) return;
    CollectionReport batch;
    for (const Candidate& candidate : due) {
      if (!review_candidate(*writer, candidate, options_.undelete_window)) continue;
      ++(candidate.kind == CandidateKind::kBlob ? batch.blobs : batch.manifests);
    }
    transaction.commit();
    report.blobs += batch.blobs;
    report.manifests += batch.manifests;
  }
}

void Collector::delete_files(CollectionReport& report, const std::stop_token& stop) {
  std::string last;
  while (!stop.stop_requested()) {
    std::vector<std::string> keys;
    {
      const auto reader = metadata_.reader();
      if (files_are_held(*reader)) return;
      keys = doomed_files(*reader, last);
    }
    if (keys.empty()) return;
    last = keys.back();
    for (const std::string& key : keys) {
      const auto size = storage_.size_bytes(key);
      storage_.remove(key);
      if (!size) continue;
      ++report.files;
      report.freed_bytes += *size;
    }
    const auto writer = metadata_.writer();
    sql::Transaction transaction(*writer);
    for (const std::string& key : keys) {
      writer->execute("DELETE FROM doomed_files WHERE storage_key = $1", key);
    }
    transaction.commit();
  }
}

std::size_t Collector::remove_orphans(const std::stop_token& stop) {
  const Timestamp oldest = now() - options_.delay;
  std::size_t removed = 0;
  storage_.for_each_file([&](const BlobStorage::StoredFile& file) {
    if (stop.stop_requested() || file.changed_at > oldest) return;
    const auto reader = metadata_.reader();
    if (BlobStorage::is_in_place(file) && is_known_file(*reader, file.key)) return;
    storage_.remove(file);
    ++removed;
  });
  return removed;
}

}  // namespace estiba::registry
