#include "store/lease.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/text.h"
#include "fs/lock.h"
#include "store/database.h"

namespace estiba::store {
namespace {

// Process ids mean something only within one of these: "pid:[4026531836]".
std::string pid_namespace() {
  std::array<char, 64> name;
  const ssize_t size = ::readlink("/proc/self/ns/pid", name.data(), name.size());
  if (size < 0) throw_errno("read /proc/self/ns/pid");
  return {name.data(), static_cast<std::size_t>(size)};
}

}  // namespace

Lease::Lease(Database& database) : database_(database), id_(random_hex(16)) {}

Lease::~Lease() {
  if (!is_recorded_) return;
  try {
    database_.write([&](sql::Connection& connection) {
      connection.execute("DELETE FROM leases WHERE id = $1", id_);
    });
  } catch (const Error&) {
    // Void anyhow once this process ends.
  }
}

void Lease::keep_blob(const Digest& blob) {
  keep("blob", {blob});
}

void Lease::keep_layer(const Digest& diff_id) {
  keep("layer", {diff_id});
}

void Lease::keep_layers(const std::vector<Digest>& diff_ids) {
  keep("layer", diff_ids);
}

void Lease::keep_image(const Digest& id) {
  keep("image", {id});
}

void Lease::keep_layer(sql::Connection& connection, const Digest& diff_id) {
  keep(connection, "layer", {diff_id});
}

void Lease::keep(const char* kind, const std::vector<Digest>& digests) {
  if (digests.empty()) return;
  database_.write([&](sql::Connection& connection) { keep(connection, kind, digests); });
}

void Lease::keep(sql::Connection& connection, const char* kind,
                 const std::vector<Digest>& digests) {
  is_recorded_ = true;
  const fs::ProcessIdentity& self = database_.process();
  connection.execute(
      "INSERT INTO leases (id, pid, start_time, boot_id, pid_namespace)"
      " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
      id_, self.pid, self.start_time_ticks, self.boot_id, pid_namespace());
  for (const Digest& digest : digests) {
    connection.execute(
        "INSERT INTO lease_items (lease_id, kind, digest) VALUES ($1, $2, $3)"
        " ON CONFLICT DO NOTHING",
        id_, kind, digest.to_string());
  }
}

void delete_void_leases(sql::Connection& connection) {
  const std::string our_namespace = pid_namespace();
  const std::string our_boot = fs::ProcessIdentity::current().boot_id;
  std::vector<std::string> void_leases;
  sql::Statement query =
      connection.query("SELECT id, pid, start_time, boot_id, pid_namespace FROM leases");
  for (const sql::Statement& row : query) {
    const fs::ProcessIdentity holder{
        .pid = static_cast<pid_t>(row.integer(1)),
        .start_time_ticks = static_cast<std::uint64_t>(row.integer(2)),
        .boot_id = row.text(3),
    };
    // A process of another pid namespace cannot be asked for; its lease ends with the boot.
    const bool elsewhere = holder.boot_id == our_boot && row.text(4) != our_namespace;
    if (!elsewhere && !holder.is_alive()) void_leases.push_back(row.text(0));
  }
  for (const std::string& id : void_leases) {
    connection.execute("DELETE FROM leases WHERE id = $1", id);
  }
}

}  // namespace estiba::store
