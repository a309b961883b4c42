#include "store/container_index.h"

#include <fmt/format.h>

#include "base/error.h"
#include "store/database.h"

namespace estiba::store {
namespace {

ContainerEntry read_container(const sql::Statement& row) {
  return {.id = row.text(0),
          .image = Digest::parse(row.text(1)),
          .name = row.optional_text(2).value_or(""),
          .created = time_from_column(row.integer(3))};
}

void refuse_taken_name(sql::Connection& connection, const std::string& name) {
  sql::Statement holder = connection.query("SELECT id FROM containers WHERE name = $1", name);
  if (!holder.step()) return;
  throw Error(ErrorCode::kConflict,
              fmt::format("the container name \"{}\" is already in use by container {}", name,
                          holder.text(0).substr(0, 12)),
              "remove or rename that container to use the name again");
}

}  // namespace

ContainerIndex::ContainerIndex(Database& database) : database_(database) {}

void ContainerIndex::add(const std::string& id, const Digest& image, const std::string& name,
                         ContainerLife life) {
  const auto insert = [&](sql::Connection& connection) {
    if (!connection.query("SELECT 1 FROM images WHERE id = $1", image.to_string()).step()) {
      throw Error(ErrorCode::kNotFound, fmt::format("No such image: {}", image.to_string()));
    }
    if (!name.empty()) refuse_taken_name(connection, name);
    const std::optional<std::string> name_column =
        name.empty() ? std::nullopt : std::optional(name);
    connection.execute(
        "INSERT INTO containers (id, image_id, name, created) VALUES ($1, $2, $3, $4)", id,
        image.to_string(), name_column, to_column(now()));
  };
  if (life == ContainerLife::kEphemeral) return database_.write(insert);
  database_.write_durably(insert);
}

void ContainerIndex::rename(const std::string& id, const std::string& name) {
  database_.write([&](sql::Connection& connection) {
    refuse_taken_name(connection, name);
    connection.execute("UPDATE containers SET name = $2 WHERE id = $1", id, name);
  });
}

void ContainerIndex::remove(const std::string& id) {
  database_.write([&](sql::Connection& connection) {
    connection.execute("DELETE FROM containers WHERE id = $1", id);
  });
}

std::vector<ContainerEntry> ContainerIndex::list() const {
  return database_.read([&](sql::Connection& connection) {
    std::vector<ContainerEntry> result;
    sql::Statement query = connection.query(
        "SELECT id, image_id, name, created FROM containers ORDER BY created DESC, id");
    for (const sql::Statement& row : query) result.push_back(read_container(row));
    return result;
  });
}

std::optional<ContainerEntry> ContainerIndex::try_find(std::string_view id_or_name) const {
  return database_.read([&](sql::Connection& connection) -> std::optional<ContainerEntry> {
    sql::Statement exact = connection.query(
        "SELECT id, image_id, name, created FROM containers WHERE name = $1 OR id = $1"
        " ORDER BY id = $1 DESC",
        id_or_name);
    if (exact.step()) return read_container(exact);
    if (id_or_name.empty()) return std::nullopt;
    sql::Statement prefixed = connection.query(
        "SELECT id, image_id, name, created FROM containers WHERE substr(id, 1, $2) = $1 LIMIT 2",
        id_or_name, id_or_name.size());
    if (!prefixed.step()) return std::nullopt;
    ContainerEntry found = read_container(prefixed);
    if (prefixed.step()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the container ID prefix {} is ambiguous", id_or_name));
    }
    return found;
  });
}

}  // namespace estiba::store
