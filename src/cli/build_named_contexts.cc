#include "cli/build_named_contexts.h"

#include <fcntl.h>
#include <unistd.h>

#include "archive/layer_tar.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "build/named_context.h"
#include "cli/build_context.h"
#include "fs/temp.h"
#include "store/archives.h"

namespace estiba::cli {
namespace {

// The image of a layout that holds one; its names stay in the layout.
std::string load_layout(store::Store& store, const std::string& directory, store::Lease& lease,
                        const std::stop_token& stop) {
  const fs::TemporaryDirectory scratch = store.temporary_directory();
  const fs::TemporaryFile file = fs::TemporaryFile::create(scratch.path());
  FdSink sink(file.fd(), directory);
  const UniqueFd layout = open_file(directory, O_RDONLY | O_DIRECTORY);
  archive::write_change(layout.get(), sink);
  if (::lseek(file.fd(), 0, SEEK_SET) != 0) throw_errno("read " + directory);
  const auto loaded = store::load_archive(store, file.fd(), store::LoadedNames::kDropped, stop);
  if (loaded.size() != 1) {
    throw Error(ErrorCode::kInvalidArgument, "the OCI layout " + directory + " holds " +
                                                 std::to_string(loaded.size()) +
                                                 " images, not one");
  }
  lease.keep_image(loaded.front().id);
  return loaded.front().id.to_string();
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
    contexts[to_lower(value.substr(0, equals))] =
        with_context([&] { return "opening the build context " + value; },
                     [&] { return open_source(store, value.substr(equals + 1), lease, stop); });
  }
  return contexts;
}

}  // namespace estiba::cli
