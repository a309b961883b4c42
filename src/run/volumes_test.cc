#include "run/volumes.h"
#include "run/volume_sources.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/fd.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::run {
namespace {

using estiba::testing::error_code_of;

TEST(ParseVolume, KnowsDockersForms) {
  const VolumeRequest bind = parse_volume("/src/./dir/:/dst//x:ro");
  EXPECT_EQ(bind.kind, VolumeKind::kBind);
  EXPECT_EQ(bind.source, "/src/dir");
  EXPECT_EQ(bind.destination, "/dst/x");
  EXPECT_TRUE(bind.read_only);

  const VolumeRequest named = parse_volume("data:/var/lib:nocopy,rslave");
  EXPECT_EQ(named.kind, VolumeKind::kNamed);
  EXPECT_EQ(named.source, "data");
  EXPECT_FALSE(named.copy_from_image);
  EXPECT_EQ(named.propagation, "rslave");
  EXPECT_FALSE(named.read_only);

  EXPECT_EQ(parse_volume("/cache").kind, VolumeKind::kAnonymous);
  EXPECT_EQ(parse_volume("./here:/there").source,
            std::filesystem::current_path().string() + "/here");
  EXPECT_FALSE(parse_volume("a1:/b:z").read_only);
}

TEST(ParseVolume, RefusesWhatIsNone) {
  for (const char* text : {"", "relative", "a1:relative", "/a:/", "/a:/b:ro:x", "/a:/b:bogus",
                           ":/b", "a b:/c", "x:/y", "-name:/c", "/"}) {
    EXPECT_EQ(error_code_of([&] { (void)parse_volume(text); }), ErrorCode::kInvalidArgument)
        << text;
  }
}

class Volumes : public ::testing::Test {
 protected:
  Volumes() {
    make_directories(root_ + "/data/sub");
    write_file_atomically(root_ + "/data/file", "content", 0640);
    std::filesystem::create_symlink("file", root_ + "/data/link");
    std::filesystem::create_hard_link(root_ + "/data/file", root_ + "/data/sub/twin");
    ::chown((root_ + "/data/file").c_str(), 77, 88);
    ::chown((root_ + "/data").c_str(), 5, 6);
    ::chmod((root_ + "/data").c_str(), 01770);
  }

  std::vector<BindMount> prepare(const std::vector<std::string>& texts,
                                 const std::set<std::string>& declared = {}) {
    std::vector<VolumeRequest> requests;
    for (const std::string& text : texts) requests.push_back(parse_volume(text));
    requests_ = with_named_volumes(requests, declared);
    VolumeSources sources(volumes_, {});
    return prepare_volumes({.volumes_directory = volumes_, .root_directory = root_}, requests_,
                           sources);
  }

  std::vector<VolumeRequest> requests_;
  estiba::testing::TestDirectory directory_;
  std::string root_ = directory_.file("root");
  std::string volumes_ = directory_.file("volumes");
};

struct stat status_of(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status;
}

TEST_F(Volumes, GetTheImagesContentOnce) {
  const std::vector<BindMount> prepared = prepare({"data:/data"});
  const std::string data = volumes_ + "/data/_data";
  ASSERT_EQ(prepared.size(), 1U);
  EXPECT_EQ(prepared[0].source, data);
  EXPECT_EQ(read_file(data + "/file"), "content");
  EXPECT_EQ(status_of(data + "/file").st_uid, 77U);
  EXPECT_EQ(status_of(data + "/file").st_mode & 07777, 0640U);
  EXPECT_EQ(status_of(data + "/file").st_ino, status_of(data + "/sub/twin").st_ino);
  EXPECT_EQ(std::filesystem::read_symlink(data + "/link"), "file");
  EXPECT_EQ(status_of(data).st_mode & 07777, 01770U);
  EXPECT_EQ(status_of(data).st_uid, 5U);
  EXPECT_EQ(status_of(data + "/sub").st_mtim.tv_nsec,
            status_of(root_ + "/data/sub").st_mtim.tv_nsec);

  write_file_atomically(data + "/file", "changed");
  (void)prepare({"data:/data"});
  EXPECT_EQ(read_file(data + "/file"), "changed");
}

TEST_F(Volumes, StayEmptyOnRequestOrWhenTheImageHasNothing) {
  (void)prepare({"none:/data:nocopy", "absent:/absent"});
  EXPECT_TRUE(std::filesystem::is_empty(volumes_ + "/none/_data"));
  EXPECT_TRUE(std::filesystem::is_empty(volumes_ + "/absent/_data"));
}

TEST_F(Volumes, ArePreparedForWhatTheImageDeclares) {
  const std::vector<BindMount> prepared = prepare({"mine:/data"}, {"/data/", "/data/sub", "/"});
  ASSERT_EQ(prepared.size(), 2U);
  EXPECT_EQ(prepared[0].destination, "/data");
  EXPECT_EQ(prepared[1].destination, "/data/sub");
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[1].kind, VolumeKind::kAnonymous);
  EXPECT_EQ(read_file(prepared[1].source + "/twin"), "content");
  remove_volume(volumes_, requests_[1].source);
  EXPECT_FALSE(path_exists(volumes_ + "/" + requests_[1].source));
}

TEST_F(Volumes, AreReadInsideTheImageOnly) {
  const estiba::testing::TestDirectory outside;
  write_file_atomically(outside.file("secret"), "x");
  std::filesystem::create_symlink(outside.path(), root_ + "/escape");
  (void)prepare({"v1:/escape"});
  EXPECT_TRUE(std::filesystem::is_empty(volumes_ + "/v1/_data"));
}

TEST_F(Volumes, BindDirectoriesThatAreMadeWhenMissing) {
  const std::vector<BindMount> prepared = prepare({directory_.file("host/new") + ":/b/c:ro"});
  ASSERT_EQ(prepared.size(), 1U);
  EXPECT_TRUE(prepared[0].read_only);
  EXPECT_TRUE(path_exists(directory_.file("host/new")));
}

TEST_F(Volumes, AreRemovedByNameOnly) {
  EXPECT_EQ(error_code_of([&] { remove_volume(volumes_, "../root"); }),
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(path_exists(root_));
}

}  // namespace
}  // namespace estiba::run
