#include "oci/image_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace estiba {
namespace {

using Words = std::vector<std::string>;

const std::string kDiffId =
    "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

// Written by buildah 1.28 (--format docker), which marshals docker's own Go structures.
const std::string kBuildahsContainerConfig =
    R"({"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,)"
    R"("AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["P=1"],)"
    R"("Cmd":null,"Healthcheck":{"Test":["CMD","true"],"Interval":5000000000,)"
    R"("Timeout":30000000000,"Retries":3},"Image":"","Volumes":null,"WorkingDir":"",)"
    R"("Entrypoint":null,"OnBuild":["RUN x"],"Labels":{"io.buildah.version":"1.28.2"},)"
    R"("StopSignal":"TERM","Shell":["/bin/bash","-c"]})";
const std::string kBuildahsImage =
    R"({"created":"2026-11-24T02:12:11.590259408Z",)"
    R"("container":"f6c76464fe0c6336668293d2bfdf9ffefb61cb70bbdc023916f4e8da46a1048f",)"
    R"("container_config":)" +
    kBuildahsContainerConfig + R"(,"config":)" + kBuildahsContainerConfig +
    R"(,"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[")" + kDiffId +
    R"("]},"history":[{"created":"2026-11-24T02:12:11.59098328Z","created_by":"/bin/bash -c"}]})";

// Written by umoci 0.4.
const std::string kUmocisImage =
    R"({"created":"2026-11-24T02:12:11.083635356Z","author":"me","architecture":"amd64",)"
    R"("os":"linux","config":{"ExposedPorts":{"80/tcp":{}},"Env":["A=b"],)"
    R"("Entrypoint":["/bin/sh"],"Cmd":["-c"],"Volumes":{"/data":{}},"Labels":{"k":"v"}},)"
    R"("rootfs":{"type":"layers","diff_ids":[]},)"
    R"("history":[{"created":"2026-11-24T02:12:11.096450621Z","created_by":"umoci config",)"
    R"("author":"me","empty_layer":true}]})";

std::string image_with_config(std::string_view config) {
  return fmt::format(R"({{"rootfs":{{"type":"layers","diff_ids":[]}},"config":{}}})", config);
}

std::string refusal(std::string_view bytes) {
  try {
    (void)ImageConfig::parse(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return "accepted";
}

void expect_refusal(std::string_view bytes, std::string_view reason) {
  EXPECT_NE(refusal(bytes).find(reason), std::string::npos)
      << bytes << "\ngave: " << refusal(bytes);
}

TEST(ImageConfig, ADockerImageIsRead) {
  const ImageConfig image = ImageConfig::parse(kBuildahsImage);
  ASSERT_TRUE(image.created);
  EXPECT_EQ(format_rfc3339(*image.created), "2026-11-24T02:12:11.590259408Z");
  EXPECT_EQ(image.platform.to_string(), "linux/amd64");
  EXPECT_EQ(image.diff_ids, std::vector{Digest::parse(kDiffId)});
  EXPECT_EQ(image.config.environment, Words{"P=1"});
  EXPECT_FALSE(image.config.command);
  EXPECT_FALSE(image.config.entrypoint);
  EXPECT_EQ(image.config.on_build, Words{"RUN x"});
  EXPECT_EQ(image.config.shell, (Words{"/bin/bash", "-c"}));
  EXPECT_EQ(image.config.stop_signal, "TERM");
  ASSERT_TRUE(image.config.healthcheck);
  EXPECT_EQ(image.config.healthcheck->test, (Words{"CMD", "true"}));
  EXPECT_EQ(image.config.healthcheck->interval, std::chrono::seconds(5));
  EXPECT_EQ(image.config.healthcheck->retries, 3);
  ASSERT_EQ(image.history.size(), 1u);
  EXPECT_EQ(image.history[0].created_by, "/bin/bash -c");
  EXPECT_FALSE(image.history[0].empty_layer);
}

TEST(ImageConfig, DockersConfigIsWrittenByteForByteAsGoDoes) {
  EXPECT_EQ(serialize_docker_config(ImageConfig::parse(kBuildahsImage).config),
            kBuildahsContainerConfig);
}

TEST(ImageConfig, DockersConfigShowsWhatIsUnsetAsDockerDoes) {
  EXPECT_EQ(serialize_docker_config({}),
            R"({"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,)"
            R"("AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,)"
            R"("Cmd":null,"Image":"","Volumes":null,"WorkingDir":"","Entrypoint":null,)"
            R"("OnBuild":null,"Labels":null})");
}

TEST(ImageConfig, AnOciImageRoundTripsByteForByte) {
  EXPECT_EQ(ImageConfig::parse(kUmocisImage).serialize(), kUmocisImage);
}

TEST(ImageConfig, EveryFieldRoundTrips) {
  const std::string everything =
      R"({"created":"2026-01-02T03:04:05Z","author":"a","architecture":"arm","os":"linux",)"
      R"("os.version":"1","variant":"v7","config":{"User":"1:2",)"
      R"("ExposedPorts":{"53/udp":{},"80/tcp":{}},"Env":["B=1","A=2"],"Entrypoint":[],)"
      R"("Cmd":["x"],"Volumes":{"/a":{},"/b":{}},"WorkingDir":"/w","Labels":{"a":"1","b":"ä\n"},)"
      R"("StopSignal":"SIGINT","ArgsEscaped":true,"Healthcheck":{"Test":["NONE"],"Interval":1,)"
      R"("Timeout":2,"StartPeriod":3,"StartInterval":4,"Retries":5},"OnBuild":["RUN a"],)"
      R"("Shell":["/bin/sh"],"StopTimeout":0},"rootfs":{"type":"layers","diff_ids":[")" +
      kDiffId +
      R"("]},"history":[{"created":"2026-01-02T03:04:05Z","created_by":"c","author":"a",)"
      R"("comment":"m"},{"empty_layer":true}]})";
  EXPECT_EQ(ImageConfig::parse(everything).serialize(), everything);
}

TEST(ImageConfig, NullsAndAbsencesAreEmpty) {
  for (const char* config : {"null", "{}",
                             R"({"Env":null,"Cmd":null,"Volumes":null,"Labels":null,"User":null,)"
                             R"("ExposedPorts":null,"Healthcheck":null,"StopTimeout":null})"}) {
    const ImageConfig image = ImageConfig::parse(image_with_config(config));
    EXPECT_EQ(image.serialize(), R"({"architecture":"","os":"linux","config":{},)"
                                 R"("rootfs":{"type":"layers","diff_ids":[]}})");
  }
  EXPECT_TRUE(ImageConfig::parse(R"({"rootfs":{"type":"layers","diff_ids":null},"history":null})")
                  .diff_ids.empty());
}

TEST(ImageConfig, WordsMayBeASingleString) {
  const ImageConfig image =
      ImageConfig::parse(image_with_config(R"({"Cmd":"top","Entrypoint":["a","b"]})"));
  EXPECT_EQ(image.config.command, Words{"top"});
  EXPECT_EQ(image.config.entrypoint, (Words{"a", "b"}));
}

TEST(ImageConfig, MalformedOnesAreRefusedWithTheField) {
  expect_refusal("", "not valid JSON");
  expect_refusal("null", "rootfs is missing");
  expect_refusal("[]", "must be an object");
  expect_refusal("{}", "rootfs is missing");
  expect_refusal(R"({"rootfs":{"type":"tree"}})", "rootfs.type must be \"layers\"");
  expect_refusal(R"({"rootfs":{"type":"layers","diff_ids":["x"]}})", "rootfs.diff_ids[0]");
  expect_refusal(R"({"created":"yesterday","rootfs":{"type":"layers"}})", "created is not a time");
  expect_refusal(R"({"rootfs":{"type":"layers"},"history":[{}]})", "tells of 1 layers");
  expect_refusal(image_with_config(R"({"Env":[1]})"), "config.Env[0] must be a string");
  expect_refusal(image_with_config(R"({"Env":["A=\u0000"]})"), "NUL");
  expect_refusal(image_with_config(R"({"Volumes":{"/a\u0000":{}}})"), "NUL");
  expect_refusal(image_with_config(R"({"User":{}})"), "config.User must be a string");
  expect_refusal(image_with_config(R"({"StopTimeout":99999999999})"), "out of range");
  expect_refusal(image_with_config(R"({"Healthcheck":{"Interval":-1}})"), "must not be negative");
  expect_refusal(std::string(kMaxImageConfigBytes + 1, ' '), "larger than");
}

TEST(ContainerConfig, EnvironmentIsReplacedInPlaceOrAppended) {
  ContainerConfig config =
      ImageConfig::parse(image_with_config(R"({"Env":["A=1","PATH=/bin","A=2","EMPTY=","BARE"]})"))
          .config;
  EXPECT_EQ(config.environment, (Words{"A=2", "PATH=/bin", "EMPTY=", "BARE"}));
  config.set_environment("PATH", "/sbin");
  config.set_environment("NEW", "x=y");
  EXPECT_EQ(config.environment, (Words{"A=2", "PATH=/sbin", "EMPTY=", "BARE", "NEW=x=y"}));
  EXPECT_EQ(config.environment_value("NEW"), "x=y");
  EXPECT_EQ(config.environment_value("EMPTY"), "");
  EXPECT_EQ(config.environment_value("BARE"), std::nullopt);
  EXPECT_EQ(config.environment_value("PAT"), std::nullopt);
}

TEST(ImageConfig, TextThatIsNotUtf8IsWrittenAsGoDoes) {
  ImageConfig image;
  image.author = "\xff";
  EXPECT_NE(image.serialize().find("\"author\":\"\xef\xbf\xbd\""), std::string::npos);
}

}  // namespace
}  // namespace estiba
