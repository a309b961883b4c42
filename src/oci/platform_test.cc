#include "oci/platform.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace estiba {
namespace {

TEST(Platform, IsReadAsContainerdDoes) {
  const std::string host = Platform::host().to_string();
  const struct {
    std::string text;
    std::string expected;
  } cases[] = {{"linux/amd64", "linux/amd64"},
               {"linux/x86_64", "linux/amd64"},
               {"linux/x86-64", "linux/amd64"},
               {"Linux/AMD64", "linux/amd64"},
               {"amd64", "linux/amd64"},
               {"linux/amd64/v1", "linux/amd64"},
               {"linux/amd64/v3", "linux/amd64/v3"},
               {"aarch64", "linux/arm64"},
               {"linux/arm64/v8", "linux/arm64"},
               {"linux/arm64/8", "linux/arm64"},
               {"linux/arm", "linux/arm/v7"},
               {"linux/arm/6", "linux/arm/v6"},
               {"armhf", "linux/arm/v7"},
               {"armel", "linux/arm/v6"},
               {"linux/i386", "linux/386"},
               {"macos/arm64", "darwin/arm64"},
               {"windows/amd64", "windows/amd64"},
               {"linux", host}};
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(Platform::parse(text).to_string(), expected) << text;
  }
}

TEST(Platform, RefusesWhatIsNone) {
  for (const char* text : {"", "/", "linux/", "/amd64", "linux/amd64/v1/x", "z80", "linux/a b",
                           "linux//v7", "linux/amd64\n"}) {
    EXPECT_THROW((void)Platform::parse(text), Error) << text;
  }
}

TEST(Platform, AcceptsWhatRunsThere) {
  const struct {
    const char* wanted;
    Platform offered;
    bool accepted;
  } cases[] = {
      {"linux/amd64", {.architecture = "amd64"}, true},
      {"linux/amd64", {.architecture = "x86_64"}, true},
      {"linux/amd64", {.architecture = "amd64", .variant = "v1"}, true},
      {"linux/amd64", {.architecture = "amd64", .variant = "v3"}, false},
      {"linux/amd64/v3", {.architecture = "amd64", .variant = "v2"}, true},
      {"linux/amd64", {.architecture = "arm64"}, false},
      {"linux/amd64", {.os = "windows", .architecture = "amd64"}, false},
      {"linux/arm64", {.architecture = "arm64", .variant = "v8"}, true},
      {"linux/arm64", {.architecture = "aarch64"}, true},
      {"linux/arm64", {.architecture = "arm64", .variant = "v9"}, false},
      {"linux/arm/v7", {.architecture = "arm", .variant = "v6"}, true},
      {"linux/arm/v6", {.architecture = "arm", .variant = "v7"}, false},
      {"linux/arm/v6", {.architecture = "arm"}, true},
      {"linux/amd64", {.os = "unknown", .architecture = "unknown"}, false},
      {"linux/amd64", {.architecture = "amd64", .variant = "vX"}, false},
      {"linux/amd64", {.architecture = "amd64", .variant = "v99999999999999999999"}, false},
  };
  for (const auto& [wanted, offered, accepted] : cases) {
    EXPECT_EQ(Platform::parse(wanted).accepts(offered), accepted)
        << wanted << " and " << offered.to_string();
  }
}

TEST(Platform, TheHostAcceptsItself) {
  EXPECT_TRUE(Platform::host().accepts(Platform::host()));
  EXPECT_EQ(Platform::host().os, "linux");
}

}  // namespace
}  // namespace estiba
