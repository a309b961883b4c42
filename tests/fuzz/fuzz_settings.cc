// Files that people write or programs leave: the server's configuration, docker's config.json.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "client/credentials.h"
#include "fuzz/answered.h"
#include "registry/configuration.h"
#include "registry/server.h"

using namespace estiba;
using fuzz::answered;

namespace {

class Folder {
 public:
  Folder() : path_("/dev/shm/estiba-fuzz-settings-" + std::to_string(::getpid())) {
    std::filesystem::create_directory(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string write(const std::string& name, std::string_view text) const {
    const std::string file = path_ + "/" + name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::string path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  answered([&] {
    registry::ServeOptions options;
    registry::read_configuration(folder.write("registry.toml", text), options);
  });
  // A helper would be run as a program.
  if (text.find("cred") != std::string_view::npos) return 0;
  answered([&] {
    const client::CredentialStore store(folder.write("config.json", text));
    (void)store.find("docker.io");
    (void)store.find("localhost:5000");
  });
  return 0;
}
