// The tar of an image archive with random access by name.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/stream.h"
#include "fs/temp.h"

namespace estiba::store {

class TemporaryArea;

// Names in the archive are keys here and nothing else: they never become paths. Const members are
// thread-safe.
class ArchiveFile {
 public:
  // Reads the headers of the archive behind `fd` (borrowed). What is not a plain tar in a regular
  // file is first copied, uncompressed, into a temporary file.
  static ArchiveFile open(TemporaryArea& temporary, int fd, const std::stop_token& stop);

  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] std::uint64_t size_bytes(std::string_view name) const;
  // A small document. kNotFound when it is absent, kResourceExhausted when it is larger.
  [[nodiscard]] std::string read(std::string_view name, std::size_t max_bytes) const;
  // Valid as long as this object.
  [[nodiscard]] std::unique_ptr<Source> open_member(std::string_view name,
                                                    std::uint64_t offset_bytes = 0) const;

 private:
  struct Member {
    std::uint64_t offset_bytes = 0;
    std::uint64_t size_bytes = 0;
    std::string link_target;  // not empty: a link to that member
  };

  explicit ArchiveFile(UniqueFd fd) : fd_(std::move(fd)) {}
  void read_members(const std::stop_token& stop);
  [[nodiscard]] const Member* find(std::string_view name) const;
  [[nodiscard]] const Member& get(std::string_view name) const;

  UniqueFd fd_;
  std::map<std::string, Member, std::less<>> members_;
};

}  // namespace estiba::store
