#include "cli/build_named_contexts.h"

#include <fcntl.h>
#include <unistd.h>

#include "archive/layer_tar.h"
#include "base/error.h"
#include "base/fd.h"
#include "build/named_context.h"
#include "cli/build_context.h"
#include "fs/temp.h"
#include "store/archives.h"

namespace estiba::cli {
namespace {

// "DIR[:TAG][@DIGEST]".
std::string load_layout(store::Store& store, const std::string& source, store::Lease& lease,
                        const std::stop_token& stop) {
  store::LayoutChoice choice;
  std::string directory = source;
  if (const std::size_t at = directory.rfind('@'); at != std::string::npos) {
    choice.digest = Digest::parse(directory.substr(at + 1));
    directory.resize(at);
  }
  const std::size_t colon = directory.rfind(':');
  if (colon != std::string::npos && directory.find('/', colon) == std::string::npos) {
    choice.tag = directory.substr(colon + 1);
    directory.resize(colon);
  }
  const fs::TemporaryDirectory scratch = store.temporary_directory();
  const fs::TemporaryFile file = fs::TemporaryFile::create(scratch.path());
  FdSink sink(file.fd(), directory);
  const UniqueFd layout = open_file(directory, O_RDONLY | O_DIRECTORY);
  archive::write_change(layout.get(), sink);
  if (::lseek(file.fd(), 0, SEEK_SET) != 0) throw_errno("read " + directory);
  const Digest id = store::load_layout_image(store, file.fd(), choice, stop);
  lease.keep_image(id);
  return id.to_string();
}

std::string open_source(store::Store& store, const std::string& source, store::Lease& lease,
                        const std::stop_token& stop) {
  constexpr std::string_view kImage = "docker-image://";
  constexpr std::string_view kLayout = "oci-layout://";
  if (source.starts_with(kImage)) return source.substr(kImage.size());
  if (source.starts_with(kLayout)) {
    return load_layout(store, source.substr(kLayout.size()), lease, stop);
  }
  std::unique_ptr<fs::TemporaryDirectory> fetched;
  const std::string directory = fetch_directory(store, source, fetched, stop);
  return build::image_of_directory(store, directory, lease, stop).to_string();
}

}  // namespace

std::map<std::string, std::string> open_named_contexts(store::Store& store,
                                                       const std::vector<std::string>& values,
                                                       store::Lease& lease,
                                                       const std::stop_token& stop) {
  std::map<std::string, std::string> contexts;
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == value.size()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "invalid --build-context \"" + value + "\": it is not NAME=SOURCE");
    }
    contexts[build::context_key(value.substr(0, equals))] =
        with_context([&] { return "opening the build context " + value; },
                     [&] { return open_source(store, value.substr(equals + 1), lease, stop); });
  }
  return contexts;
}

}  // namespace estiba::cli
