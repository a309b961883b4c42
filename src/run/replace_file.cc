#include "run/replace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

namespace estiba::run {

void replace_file(const std::string& path, std::string_view text,
                  const std::string& temporary_directory) {
  const std::string temporary = fmt::format("{}/.new-{}", temporary_directory, random_hex(8));
  const UniqueFd file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
  write_all(file.get(), text, temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw_errno("replace " + path);
}

}  // namespace estiba::run
