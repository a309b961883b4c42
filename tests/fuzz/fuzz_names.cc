// References, repositories, digests, platforms, media types, times and sizes.
//
// What is accepted is written and read again: it must be the same.
#include <string>

#include "base/size.h"
#include "base/time.h"
#include "fuzz/answered.h"
#include "oci/digest.h"
#include "oci/platform.h"
#include "oci/reference.h"

using namespace estiba;
using fuzz::answered;
using fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  answered([&] {
    const Reference reference = Reference::parse(text);
    must(Reference::parse(reference.to_string()) == reference);
    must(Reference::parse(reference.familiar()) == reference);
    must(is_valid_repository_path(reference.repository().path()));
    must(!reference.tag() || is_valid_tag(*reference.tag()));
    // A path of a file system is made of it.
    must(reference.to_string().find("..") == std::string::npos || reference.tag());
  });
  answered([&] {
    const Repository repository = Repository::parse(text);
    must(Repository::parse(repository.name()) == repository);
    must(Repository::parse(repository.familiar_name()) == repository);
  });
  answered([&] {
    const Digest digest = Digest::parse(text);
    must(digest.to_string() == text);
    must(digest.hex().find_first_not_of("0123456789abcdef") == std::string::npos);
  });
  answered([&] {
    const Platform platform = Platform::parse(text);
    must(Platform::parse(platform.to_string()) == platform);
  });
  answered([&] {
    const Timestamp time = parse_rfc3339(text);
    must(parse_rfc3339(format_rfc3339(time)) == time);
  });
  answered([&] { (void)parse_size(text); });
  return 0;
}
