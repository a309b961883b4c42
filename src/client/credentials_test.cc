#include "client/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"
#include "client/base64.h"
#include "oci/json_document.h"

namespace estiba::client {
namespace {

class Credentials : public ::testing::Test {
 protected:
  void write_config(const std::string& text) { write_file_atomically(path_, text, 0600); }
  [[nodiscard]] nlohmann::json read_config() const {
    return parse_json(read_file(path_), 1u << 20, "config");
  }

  estiba::testing::TestDirectory directory_;
  std::string path_ = directory_.file("config.json");
  CredentialStore store_{path_};
};

TEST_F(Credentials, WhatIsStoredIsFoundAndErased) {
  EXPECT_FALSE(store_.find("quay.io"));
  EXPECT_FALSE(store_.erase("quay.io"));
  store_.store("quay.io", {.username = "ann", .password = "s3cr:et"});
  EXPECT_EQ(store_.find("quay.io"), (Credential{.username = "ann", .password = "s3cr:et"}));
  EXPECT_FALSE(store_.find("docker.io"));
  EXPECT_TRUE(store_.erase("quay.io"));
  EXPECT_FALSE(store_.erase("quay.io"));
  EXPECT_FALSE(store_.find("quay.io"));
}

TEST_F(Credentials, TheFileIsDockersAndReadableByItsOwnerOnly) {
  store_.store("docker.io", {.username = "ann", .password = "pw"});
  store_.store("localhost:5000", {.username = "bob", .password = "", .identity_token = "tok"});
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  const nlohmann::json auths = read_config()["auths"];
  EXPECT_EQ(auths["https://index.docker.io/v1/"]["auth"], base64_encode("ann:pw"));
  EXPECT_EQ(auths["localhost:5000"]["identitytoken"], "tok");
  EXPECT_EQ(store_.find("localhost:5000")->identity_token, "tok");
  EXPECT_FALSE(path_exists(path_ + ".lock"));
}

TEST_F(Credentials, DockersOwnFileIsUnderstoodAndItsOtherFieldsAreKept) {
  write_config(R"({"auths":{"https://index.docker.io/v1/":{"auth":"YW5uOnB3"},
                            "https://old.example/v1/":{"auth":"Ym9iOnB3AAA="},
                            "plain.example":{"username":"eve","password":"x"},
                            "empty.example":{}},
                   "HttpHeaders":{"User-Agent":"Docker"},"psFormat":"table"})");
  EXPECT_EQ(store_.find("docker.io"), (Credential{.username = "ann", .password = "pw"}));
  EXPECT_EQ(store_.find("old.example"), (Credential{.username = "bob", .password = "pw"}));
  EXPECT_EQ(store_.find("plain.example"), (Credential{.username = "eve", .password = "x"}));
  EXPECT_FALSE(store_.find("empty.example"));
  store_.store("new.example", {.username = "u", .password = "p"});
  EXPECT_TRUE(store_.erase("old.example"));
  const nlohmann::json config = read_config();
  EXPECT_EQ(config["HttpHeaders"]["User-Agent"], "Docker");
  EXPECT_EQ(config["psFormat"], "table");
  EXPECT_TRUE(config["auths"].contains("https://index.docker.io/v1/"));
  EXPECT_FALSE(config["auths"].contains("https://old.example/v1/"));
}

TEST_F(Credentials, AFileThatIsNotDockersIsRefusedAndLeftAlone) {
  for (const char* text : {"[]", "{", R"({"auths":[]})", R"({"auths":{"quay.io":{"auth":"!"}}})"}) {
    write_config(text);
    EXPECT_EQ(estiba::testing::error_code_of([&] { (void)store_.find("quay.io"); }),
              ErrorCode::kInvalidArgument)
        << text;
    EXPECT_EQ(read_file(path_), text);
  }
}

TEST_F(Credentials, ALinkToTheFileStaysALink) {
  write_file_atomically(directory_.file("real.json"), "{}");
  ASSERT_EQ(::symlink("real.json", path_.c_str()), 0);
  store_.store("quay.io", {.username = "ann", .password = "pw"});
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_TRUE(CredentialStore(directory_.file("real.json")).find("quay.io"));
}

TEST_F(Credentials, ManyLoginsAtOnceLoseNothing) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      CredentialStore(path_).store("host" + std::to_string(i), {.username = "u", .password = "p"});
    });
  }
  threads.clear();
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(store_.find("host" + std::to_string(i))) << i;
}

// Keeps each secret in a file named by the server, as a helper program on PATH.
constexpr const char* kHelper = R"(#!/bin/sh
dir=$(dirname "$0")
case "$1" in
  store) cat > "$dir/kept" ;;
  get) server=$(cat)
       if grep -q "\"ServerURL\":\"$server\"" "$dir/kept" 2>/dev/null; then cat "$dir/kept"
       else echo "credentials not found in native keychain"; exit 1; fi ;;
  erase) rm -f "$dir/kept" ;;
esac
)";

class CredentialHelpers : public Credentials {
 protected:
  void SetUp() override {
    old_path_ = std::getenv("PATH");
    ::setenv("PATH", (directory_.path() + ":" + old_path_).c_str(), 1);
    write_file_atomically(directory_.file("docker-credential-test"), kHelper, 0755);
  }
  void TearDown() override { ::setenv("PATH", old_path_.c_str(), 1); }
  std::string old_path_;
};

TEST_F(CredentialHelpers, KeepTheSecretOutOfTheFile) {
  write_config(R"({"credsStore":"test"})");
  EXPECT_FALSE(store_.keeps_plain_text("docker.io"));
  EXPECT_FALSE(store_.find("docker.io"));
  store_.store("docker.io", {.username = "ann", .password = "pw"});
  EXPECT_EQ(store_.find("docker.io"), (Credential{.username = "ann", .password = "pw"}));
  EXPECT_EQ(read_config()["auths"]["https://index.docker.io/v1/"], nlohmann::json::object());
  EXPECT_FALSE(store_.find("quay.io"));
  EXPECT_TRUE(store_.erase("docker.io"));
  EXPECT_FALSE(store_.find("docker.io"));
  EXPECT_FALSE(path_exists(directory_.file("kept")));
}

TEST_F(CredentialHelpers, AnIdentityTokenHasNoUser) {
  write_config(R"({"credHelpers":{"quay.io":"test"}})");
  EXPECT_TRUE(store_.keeps_plain_text("docker.io"));
  store_.store("quay.io", {.username = "ann", .password = "", .identity_token = "refresh"});
  EXPECT_EQ(store_.find("quay.io")->identity_token, "refresh");
  EXPECT_NE(read_file(directory_.file("kept")).find("<token>"), std::string::npos);
}

TEST_F(CredentialHelpers, OneThatFailsIsNamedWithWhatItSaid) {
  write_file_atomically(directory_.file("docker-credential-bad"),
                        "#!/bin/sh\necho keychain is locked\nexit 3\n", 0755);
  write_config(R"({"credsStore":"bad"})");
  try {
    (void)store_.find("quay.io");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "docker-credential-bad get failed: keychain is locked");
  }
  write_config(R"({"credsStore":"absent"})");
  EXPECT_EQ(estiba::testing::error_code_of([&] { (void)store_.find("quay.io"); }),
            ErrorCode::kNotFound);
  write_config(R"({"credsStore":"../../bin/sh"})");
  EXPECT_EQ(estiba::testing::error_code_of([&] { (void)store_.find("quay.io"); }),
            ErrorCode::kInvalidArgument);
}

TEST(DefaultPath, FollowsDockersVariable) {
  const char* old = std::getenv("DOCKER_CONFIG");
  ::setenv("DOCKER_CONFIG", "/some/where", 1);
  EXPECT_EQ(CredentialStore::default_path(), "/some/where/config.json");
  ::unsetenv("DOCKER_CONFIG");
  EXPECT_TRUE(CredentialStore::default_path().ends_with("/.docker/config.json"));
  if (old != nullptr) ::setenv("DOCKER_CONFIG", old, 1);
}

}  // namespace
}  // namespace estiba::client
