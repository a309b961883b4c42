#include "cli/build_context.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "archive/compression.h"
#include "archive/extract.h"
#include "archive/foreign.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"
#include "build/git_source.h"
#include "build/limits.h"
#include "build/steps/download.h"
#include "cli/output.h"
#include "fs/root_dir.h"

namespace estiba::cli {
namespace {

constexpr std::size_t kMaxDockerfileBytes = 16u << 20;

bool is_url(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

std::string real_directory(const std::string& path) {
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) == nullptr) {
    throw Error(ErrorCode::kNotFound, "unable to prepare context: path \"" + path + "\" not found",
                "the last argument is the directory that holds the files to build from");
  }
  return resolved;
}

[[noreturn]] void fail_without_dockerfile(const std::string& path) {
  throw Error(ErrorCode::kNotFound,
              "failed to read the Dockerfile: " + path + ": no such file or directory",
              "name another with -f FILE");
}

// Opens a context from its parts; keeps what it had to make.
class ContextOpener {
 public:
  ContextOpener(store::Store& store, const std::string& file, const std::stop_token& stop)
      : store_(store), file_(file), stop_(stop) {}

  BuildContext open(const std::string& source) {
    context_.identity = source;
    if (source == "-") {
      from_standard_input();
    } else if (const auto git = build::parse_git_source(source)) {
      from_git(*git);
      read_dockerfile_within();
    } else if (is_url(source)) {
      from_url(source);
    } else {
      from_directory(source);
    }
    return std::move(context_);
  }

  // False when the file is no archive: the directory stays empty.
  bool unpack(int fd, const std::string& what);
  void make_directory(const char* name) {
    scratch();
    context_.directory = context_.fetched->path() + "/" + name;
    make_directories(context_.directory);
  }
  void from_git(const build::GitSource& source);
  // Downloads; the file is removed once it is unpacked.
  UniqueFd download(const std::string& url);
  BuildContext& context() { return context_; }

 private:
  void scratch() {
    if (context_.fetched) return;
    context_.fetched = std::make_unique<fs::TemporaryDirectory>(store_.temporary_directory());
  }
  void from_standard_input();
  void from_url(const std::string& url);
  void from_directory(const std::string& path);
  void read_dockerfile_within();
  void read_dockerfile_of_a_person();
  void take_bare_dockerfile(int fd, const std::string& what);

  store::Store& store_;
  const std::string& file_;
  const std::stop_token& stop_;
  BuildContext context_;
};

bool ContextOpener::unpack(int fd, const std::string& what) {
  make_directory("context");
  if (!archive::is_tar_archive(fd)) return false;
  if (::lseek(fd, 0, SEEK_SET) != 0) throw_errno("read " + what);
  FdSource source(duplicate(fd), what);
  const auto plain = archive::open_maybe_compressed(source);
  LimitedSource limited(*plain, build::kMaxContextBytes, what);
  archive::extract_layer(limited, fs::RootDir::open(context_.directory),
                         {.whiteouts = archive::WhiteoutHandling::kNone,
                          .devices = archive::DeviceHandling::kSkip,
                          .set_owners = false,
                          .stop = stop_});
  return true;
}

void ContextOpener::take_bare_dockerfile(int fd, const std::string& what) {
  if (!file_.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                what + " is a Dockerfile itself, so -f cannot name another",
                "send a tar archive that holds " + file_);
  }
  if (::lseek(fd, 0, SEEK_SET) != 0) throw_errno("read " + what);
  context_.dockerfile_text = read_fd(fd, what, kMaxDockerfileBytes);
  context_.dockerfile_name = "Dockerfile";
}

void ContextOpener::from_standard_input() {
  if (file_ == "-") {
    throw Error(ErrorCode::kInvalidArgument,
                "invalid argument: can't use stdin for both build context and dockerfile");
  }
  if (is_terminal(STDIN_FILENO)) {
    throw Error(ErrorCode::kInvalidArgument, "standard input is a terminal, not a build context",
                "estiba build - < context.tar");
  }
  scratch();
  const fs::TemporaryFile file = fs::TemporaryFile::create(context_.fetched->path());
  FdSource source(duplicate(STDIN_FILENO), "standard input");
  LimitedSource limited(source, build::kMaxContextBytes, "the build context");
  FdSink sink(file.fd(), "the build context");
  copy(limited, sink);
  if (unpack(file.fd(), "standard input")) return read_dockerfile_within();
  take_bare_dockerfile(file.fd(), "standard input");
}

UniqueFd ContextOpener::download(const std::string& url) {
  make_directory("download");
  const std::string directory = context_.directory;
  const std::string name = build::download(
      {.url = url,
       .directory = directory,
       .checksum = "",
       .name_required = false,
       .default_time = now()},
      [](std::uint64_t, std::uint64_t) {}, stop_);
  return open_file(directory + "/" + name, O_RDONLY);
}

void ContextOpener::from_url(const std::string& url) {
  const UniqueFd file = download(url);
  if (unpack(file.get(), url)) return read_dockerfile_within();
  take_bare_dockerfile(file.get(), url);
}

void ContextOpener::from_git(const build::GitSource& source) {
  make_directory("repository");
  build::GitCheckoutOptions options;
  options.directory = context_.directory;
  build::check_out(source, options, stop_);
  if (source.subdirectory.empty()) return;
  // Resolved inside the repository: a link in it leads nowhere else.
  const fs::RootDir root = fs::RootDir::open(context_.directory);
  const auto status = root.stat(source.subdirectory);
  if (!status || !S_ISDIR(status->st_mode)) {
    throw Error(ErrorCode::kNotFound,
                source.remote + " has no directory \"" + source.subdirectory + "\"");
  }
  context_.directory += "/" + root.resolve(source.subdirectory);
}

void ContextOpener::from_directory(const std::string& path) {
  context_.directory = real_directory(path);
  context_.identity = context_.directory;
  read_dockerfile_of_a_person();
}

// In files from elsewhere no link leads out.
void ContextOpener::read_dockerfile_within() {
  if (file_ == "-") return read_dockerfile_of_a_person();
  const std::string path = file_.empty() ? "Dockerfile" : file_;
  const auto fd = fs::RootDir::open(context_.directory).try_open(path, O_RDONLY | O_NONBLOCK);
  if (!fd) fail_without_dockerfile(path);
  context_.dockerfile_text = read_fd(fd->get(), path, kMaxDockerfileBytes);
  context_.dockerfile_name = path;
  context_.dockerfile_path = path;
}

void ContextOpener::read_dockerfile_of_a_person() {
  if (file_ == "-") {
    context_.dockerfile_name = "Dockerfile";
    context_.dockerfile_text = read_fd(STDIN_FILENO, "standard input", kMaxDockerfileBytes);
    return;
  }
  if (is_url(file_)) {
    throw Error(ErrorCode::kUnsupported, "-f takes a file, not a URL",
                "give the URL as the context, or pipe it: curl URL | estiba build -f - CONTEXT");
  }
  context_.dockerfile_path = file_.empty() ? context_.directory + "/Dockerfile" : file_;
  context_.dockerfile_name = file_.empty() ? "Dockerfile" : file_;
  try {
    context_.dockerfile_text = read_file(context_.dockerfile_path, kMaxDockerfileBytes);
  } catch (Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    fail_without_dockerfile(context_.dockerfile_path);
  }
}

}  // namespace

BuildContext open_build_context(store::Store& store, const std::string& context,
                                const std::string& file, const std::stop_token& stop) {
  return ContextOpener(store, file, stop).open(context);
}

BuildContext open_build_context(store::Store& store, const std::string& context,
                                const InlineDockerfile& file, const std::stop_token& stop) {
  BuildContext opened;
  opened.directory = fetch_directory(store, context, opened.fetched, stop);
  opened.identity = opened.fetched ? context : opened.directory;
  opened.dockerfile_name = "Dockerfile";
  opened.dockerfile_text = file.text;
  return opened;
}

std::string fetch_directory(store::Store& store, const std::string& source,
                            std::unique_ptr<fs::TemporaryDirectory>& fetched,
                            const std::stop_token& stop) {
  const std::string file;
  ContextOpener opener(store, file, stop);
  if (const auto git = build::parse_git_source(source)) {
    opener.from_git(*git);
  } else if (is_url(source)) {
    const UniqueFd downloaded = opener.download(source);
    if (!opener.unpack(downloaded.get(), source)) {
      throw Error(ErrorCode::kInvalidArgument, source + " is no tar archive");
    }
  } else {
    return real_directory(source);
  }
  fetched = std::move(opener.context().fetched);
  return opener.context().directory;
}

}  // namespace estiba::cli
