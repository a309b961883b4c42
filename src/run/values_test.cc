// Small values: signals, capabilities, the seccomp profile, records, the runtime's log.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"
#include "run/capabilities.h"
#include "run/container_record.h"
#include "run/default_seccomp.h"
#include "run/runtime.h"
#include "run/runtime_log.h"
#include "run/signals.h"

namespace estiba::run {
namespace {

using estiba::testing::error_code_of;

TEST(Signals, AreReadAsPeopleWriteThem) {
  EXPECT_EQ(parse_signal("SIGTERM"), SIGTERM);
  EXPECT_EQ(parse_signal("term"), SIGTERM);
  EXPECT_EQ(parse_signal("9"), SIGKILL);
  EXPECT_EQ(parse_signal("SIGRTMIN+3"), 37);
  EXPECT_EQ(parse_signal("RTMAX-1"), 63);
  for (const char* text : {"", "0", "65", "-1", "SIG", "NOSUCH", "RTMIN-1", "RTMIN+99", "9x"}) {
    EXPECT_EQ(parse_signal(text), std::nullopt) << text;
  }
}

TEST(Capabilities, AreAddedAndDropped) {
  EXPECT_EQ(effective_capabilities({}, {}), default_capabilities());
  EXPECT_EQ(effective_capabilities({"net_admin"}, {"ALL"}),
            (std::set<std::string>{"CAP_NET_ADMIN"}));
  EXPECT_FALSE(effective_capabilities({"ALL"}, {"SYS_ADMIN"}).contains("CAP_SYS_ADMIN"));
  EXPECT_EQ(error_code_of([] { (void)effective_capabilities({"FLY"}, {}); }),
            ErrorCode::kInvalidArgument);
}

// Whether some rule without condition gives `name` this errno (0: allowed).
bool has_rule(const SeccompProfile& profile, std::string_view name, int errno_value) {
  return std::ranges::any_of(profile.rules, [&](const SeccompRule& rule) {
    return !rule.condition && rule.errno_value == errno_value &&
           std::ranges::find(rule.names, name) != rule.names.end();
  });
}

TEST(SeccompProfile, OpensCallsWithTheirCapability) {
  const SeccompProfile usual = default_seccomp_profile(default_capabilities());
  EXPECT_TRUE(has_rule(usual, "openat2", 0));
  EXPECT_TRUE(has_rule(usual, "chroot", 0));  // CAP_SYS_CHROOT is a default
  for (const char* name : {"mount", "bpf", "keyctl", "setns", "init_module", "open_by_handle_at"}) {
    EXPECT_TRUE(has_rule(usual, name, EPERM)) << name;
    EXPECT_FALSE(has_rule(usual, name, 0)) << name;
  }
  const SeccompProfile admin = default_seccomp_profile({"CAP_SYS_ADMIN"});
  EXPECT_TRUE(has_rule(admin, "mount", 0));
  EXPECT_TRUE(has_rule(admin, "clone3", 0));
  EXPECT_FALSE(has_rule(admin, "mount", EPERM));
  EXPECT_TRUE(has_rule(admin, "chroot", EPERM));
}

TEST(SeccompProfile, HasOneActionForEveryCall) {
  for (const auto& capabilities :
       {default_capabilities(), std::set<std::string>{}, all_capabilities()}) {
    const SeccompProfile profile = default_seccomp_profile(capabilities);
    for (const std::string_view name : profile.rules[0].names) {
      EXPECT_FALSE(has_rule(profile, name, EPERM)) << name;
    }
  }
}

TEST(SeccompProfile, IsCompiledForTheDefaultCapabilities) {
  EXPECT_GT(compiled_default_seccomp().size(), 1000U);
  EXPECT_EQ(compiled_default_seccomp().size() % 4, 0U);
  std::set<std::string> without_mknod = default_capabilities();
  without_mknod.erase("CAP_MKNOD");
  EXPECT_TRUE(have_same_seccomp_profile(default_capabilities(), without_mknod));
  EXPECT_FALSE(have_same_seccomp_profile(default_capabilities(), {"CAP_SYS_ADMIN"}));
}

ContainerRecord example() {
  ContainerRecord record{.id = std::string(64, 'a'),
                         .image = Digest::of("image"),
                         .options = {},
                         .process = {.arguments = {"sh", "-c", "echo \"x\""},
                                     .environment = {"A=b"},
                                     .working_directory = "/",
                                     .user = "app"},
                         .hostname = "web",
                         .labels = {{"a", "b"}},
                         .created = parse_rfc3339("2026-11-01T12:00:00.5Z")};
  record.options.restart = parse_restart_policy("on-failure:3");
  record.options.volumes = {parse_volume("/host:/inside:ro")};
  record.options.stop_signal = "INT";
  record.options.health.test = {"CMD", "true"};
  return record;
}

TEST(ContainerRecord, IsReadAsWritten) {
  const estiba::testing::TestDirectory directory;
  const ContainerRecord record = example();
  write_record(directory.path(), record);
  const ContainerRecord found = read_record(directory.path());
  EXPECT_EQ(found.process.arguments, record.process.arguments);
  EXPECT_EQ(found.created, record.created);
  EXPECT_EQ(found.options.restart.condition, RestartCondition::kOnFailure);
  EXPECT_EQ(found.options.restart.maximum_retries, 3);
  EXPECT_TRUE(found.options.volumes.at(0).read_only);
  EXPECT_EQ(found.options.stop_signal, "INT");
  EXPECT_EQ(found.options.stop_timeout_seconds, std::nullopt);
  EXPECT_EQ(found.options.health, record.options.health);
  EXPECT_EQ(found.serialize(), record.serialize());
}

TEST(ContainerState, IsCreatedUntilItIsWrittenAndReadAsWritten) {
  const estiba::testing::TestDirectory directory;
  ContainerState state = read_state(directory.path());
  EXPECT_EQ(state.name(), "created");
  state.status = ContainerStatus::kExited;
  state.exit_code = 3;
  state.error = "why";
  state.finished = parse_rfc3339("2026-11-01T12:00:01Z");
  state.health = HealthState{.status = "unhealthy", .failing_streak = 4, .log = {}};
  write_state(directory.path(), state);
  const ContainerState found = read_state(directory.path());
  EXPECT_EQ(found.name(), "exited");
  EXPECT_EQ(found.exit_code, 3);
  EXPECT_EQ(found.error, "why");
  EXPECT_EQ(found.started, std::nullopt);
  EXPECT_EQ(found.finished, state.finished);
  EXPECT_EQ(found.health.value().failing_streak, 4);
}

TEST(ContainerRecord, IsRefusedWhenDamaged) {
  for (const char* text : {"", "[]", "{}", "{\"id\": 3}", "{\"id\": \"x\""}) {
    EXPECT_EQ(error_code_of([&] { (void)ContainerRecord::parse(text); }), ErrorCode::kDataLoss)
        << text;
  }
}

TEST(RuntimeLog, TellsTheLastError) {
  EXPECT_EQ(last_error("{\"level\":\"error\",\"msg\":\"first\"}\nnoise\n[1]\n"
                       "{\"level\":\"error\",\"msg\":\"last\"}\n{\"level\":\"warning\","
                       "\"msg\":\"w\"}\n"),
            "last");
  EXPECT_EQ(last_error(""), "");
}

TEST(RuntimeLog, IsTranslatedIntoDockersWords) {
  const struct {
    const char* message;
    int exit_code;
  } cases[] = {
      {"executable file `x` not found in $PATH: No such file or directory", 127},
      {"open executable: Permission denied", 126},
      {"container_linux.go: starting: exec: \"x\": executable file not found in $PATH", 127},
      {"unable to start container process: exec: \"x\": permission denied", 126},
  };
  for (const auto& given : cases) {
    try {
      throw_runtime_failure(given.message, "x");
    } catch (const StartError& error) {
      EXPECT_EQ(error.exit_code(), given.exit_code) << given.message;
    }
  }
  EXPECT_EQ(error_code_of([] { throw_runtime_failure("mount failed", "x"); }), ErrorCode::kIo);
}

}  // namespace
}  // namespace estiba::run
