// `estiba run` as a library call, on a real store: each run is a process of its own, as in life.
#include "run/container.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "archive/layer_tar.h"
#include "base/error.h"
#include "run/testing/container_fixture.h"
#include "store/container_index.h"
#include "store/image_store.h"
#include "store/layer_store.h"
#include "store/snapshot.h"
#include "store/store.h"

namespace estiba::run {
namespace {

constexpr int kThrew = 200;

class Foreground : public testing::ContainerTest {
 protected:
  Foreground() {
    make_directories(rootfs() + "/data");
    write_rootfs_file("data/file", "from the image\n");
    config_.platform = Platform::host();
    config_.config.environment = {"PATH=/bin"};
    config_.config.command = std::vector<std::string>{"sh", "-c", "echo default"};
    const auto store = open_store();
    const auto layer = store->layers().create();
    const UniqueFd directory = open_file(rootfs(), O_RDONLY | O_DIRECTORY);
    archive::write_change(directory.get(), *layer, {});
    config_.diff_ids = {layer->commit()};
  }

  [[nodiscard]] std::unique_ptr<store::Store> open_store() const {
    return store::Store::open({.root = scratch("store"), .layer_form = {}});
  }

  void publish() {
    (void)open_store()->images().publish({.config_bytes = config_.serialize(), .parent = {}},
                                         {Reference::parse("test:latest")});
  }

  // Starts the run in a process of its own, its output in a file.
  pid_t start(const RunOptions& options) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    const UniqueFd output = open_file(scratch("output"), O_WRONLY | O_CREAT | O_TRUNC);
    ::dup2(output.get(), STDOUT_FILENO);
    ::dup2(output.get(), STDERR_FILENO);
    int code = kThrew;
    try {
      const auto store = open_store();
      store::SnapshotMounter mounter(*store);
      const store::Image image = store->images().find("test:latest");
      code = run_foreground({.store = *store, .mounter = mounter, .runtime = runtime_},
                            Containers(*store).create(image, options), -1, {});
    } catch (const Error& error) {
      write_all(STDERR_FILENO, std::string_view(error.what()), "the output");
    }
    ::_exit(code);
  }

  int finish(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    output_ = read_file(scratch("output"));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  int run_to_end(const RunOptions& options) { return finish(start(options)); }

  // The names below a directory of the store.
  [[nodiscard]] std::vector<std::string> names_in(const std::string& directory) const {
    std::vector<std::string> names;
    const std::string path = scratch("store") + "/" + directory;
    if (!path_exists(path)) return names;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  ImageConfig config_;
  std::string output_;
};

RunOptions options_for(std::vector<std::string> words) {
  RunOptions options;
  options.network = "none";
  options.remove = true;
  options.process.command = std::move(words);
  return options;
}

TEST_F(Foreground, RunsTheImagesCommandOrTheGivenOne) {
  publish();
  RunOptions options = options_for({});
  EXPECT_EQ(run_to_end(options), 0);
  EXPECT_EQ(output_, "default\n");
  options = options_for({"sh", "-c", "echo given; exit 9"});
  EXPECT_EQ(run_to_end(options), 9);
  EXPECT_EQ(output_, "given\n");
}

TEST_F(Foreground, LeavesNothingWhenRemoved) {
  config_.config.volumes = {"/data"};
  publish();
  RunOptions options = options_for({"sh", "-c", "cat /data/file; touch /file"});
  EXPECT_EQ(run_to_end(options), 0);
  EXPECT_EQ(output_, "from the image\n");
  EXPECT_TRUE(names_in("containers").empty());
  EXPECT_TRUE(names_in("volumes").empty());
  EXPECT_TRUE(open_store()->containers().list().empty());
}

TEST_F(Foreground, LeavesNothingWhenItsProgramCannotStart) {
  config_.config.volumes = {"/data"};
  publish();
  RunOptions options = options_for({"nosuch"});
  EXPECT_EQ(run_to_end(options), kThrew);
  EXPECT_EQ(output_, "exec: \"nosuch\": executable file not found in $PATH");
  EXPECT_TRUE(names_in("containers").empty());
  EXPECT_TRUE(names_in("volumes").empty());
}

TEST_F(Foreground, KeepsNamedVolumesBetweenRuns) {
  publish();
  RunOptions options = options_for({"sh", "-c", "cat /data/file; echo next > /data/file"});
  options.volumes = {parse_volume("shared:/data")};
  EXPECT_EQ(run_to_end(options), 0);
  EXPECT_EQ(output_, "from the image\n");
  EXPECT_EQ(run_to_end(options), 0);
  EXPECT_EQ(output_, "next\n");
  EXPECT_EQ(names_in("volumes"), std::vector<std::string>{"shared"});
}

TEST_F(Foreground, NeedsACommandBeforeAnythingIsMade) {
  config_.config.command.reset();
  publish();
  EXPECT_EQ(run_to_end(options_for({})), kThrew);
  EXPECT_EQ(output_, "no command specified");
  EXPECT_TRUE(names_in("containers").empty());
}

TEST_F(Foreground, TakesTheInputOnlyWhenInteractive) {
  publish();
  std::filesystem::copy_file("/etc/passwd", scratch("input"));
  const UniqueFd input = open_file(scratch("input"), O_RDONLY);
  const UniqueFd ours = duplicate(STDIN_FILENO);
  ::dup2(input.get(), STDIN_FILENO);
  RunOptions options = options_for({"wc", "-c"});
  EXPECT_EQ(run_to_end(options), 0);
  EXPECT_EQ(output_, "0\n");
  options.interactive = true;
  EXPECT_EQ(run_to_end(options), 0);
  EXPECT_EQ(output_, std::to_string(std::filesystem::file_size("/etc/passwd")) + "\n");
  ::dup2(ours.get(), STDIN_FILENO);
}

TEST_F(Foreground, KilledInTheMiddleLeavesWhatTheNextSweepRemoves) {
  publish();
  RunOptions options = options_for({"sh", "-c", "echo started; sleep 300"});
  const pid_t child = start(options);
  for (int i = 0; i < 500; ++i) {
    if (path_exists(scratch("output")) && !read_file(scratch("output")).empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ::kill(child, SIGKILL);
  EXPECT_EQ(finish(child), 128 + SIGKILL);
  EXPECT_TRUE(Containers(*open_store()).list().empty());
  open_store()->sweep();
  EXPECT_TRUE(names_in("containers").empty());
  EXPECT_TRUE(names_in("tmp/trash").empty());
  EXPECT_EQ(run_to_end(options_for({"true"})), 0);
}

}  // namespace
}  // namespace estiba::run
