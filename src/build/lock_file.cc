#include "build/lock_file.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "build/limits.h"

namespace estiba::build {

LockedImages parse_lock_file(std::string_view text, const std::string& name) {
  LockedImages images;
  std::size_t number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++number;
    const std::string line(trim(raw));
    if (line.empty() || line.starts_with('#')) continue;
    with_place([&] { return name + ":" + std::to_string(number); },
               [&] {
                 const std::size_t space = line.find(' ');
                 if (space == std::string::npos) {
                   throw Error(ErrorCode::kInvalidArgument,
                               "a line of a lock file is REFERENCE DIGEST, not \"" + line + "\"");
                 }
                 const Reference reference = Reference::parse(line.substr(0, space));
                 images.insert_or_assign(reference.with_default_tag().to_string(),
                                         Digest::parse(trim(line.substr(space + 1))));
               });
  }
  return images;
}

std::string format_lock_file(const LockedImages& images) {
  std::string text = "# Written by \"estiba pin\"; \"estiba pin --update\" moves it on purpose.\n";
  for (const auto& [reference, digest] : images) {
    text += reference + " " + digest.to_string() + "\n";
  }
  return text;
}

std::string lock_file_path(const std::string& dockerfile_path) {
  return dockerfile_path + ".lock";
}

LockedImages read_lock_file(const std::string& dockerfile_path) {
  if (dockerfile_path.empty()) return {};
  const std::string path = lock_file_path(dockerfile_path);
  if (!path_exists(path)) return {};
  return parse_lock_file(read_file(path, kMaxIgnoreFileBytes), path);
}

}  // namespace estiba::build
