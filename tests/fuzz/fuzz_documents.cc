// Manifests, indexes and configs, as a registry or an archive gives them.
//
// What is accepted is serialized and read again: then it stays the same.
#include <string>

#include "fuzz/answered.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

using namespace estiba;
using fuzz::answered;
using fuzz::must;

namespace {

template <typename Document>
void read_twice(const std::string& text) {
  answered([&] {
    const std::string once = Document::parse(text).serialize();
    must(Document::parse(once).serialize() == once);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_twice<Manifest>(text);
  read_twice<Index>(text);
  read_twice<ImageConfig>(text);
  answered([&] { (void)Index::parse(text).find(Platform::host()); });
  answered([&] { (void)detect_manifest_media_type(text); });
  return 0;
}
