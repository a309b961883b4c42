#include "build/steps/ssh_agent.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "base/error.h"
#include "fs/temp.h"

namespace estiba::build {
namespace {

constexpr unsigned char kRequestIdentities = 11;
constexpr unsigned char kIdentitiesAnswer = 12;

// The agent protocol's answer to "which keys have you", without its length.
std::string ask_for_identities(const std::string& path) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return "cannot connect";
  }
  const std::array<unsigned char, 5> request = {0, 0, 0, 1, kRequestIdentities};
  if (::write(fd.get(), request.data(), request.size()) != 5) return "cannot write";
  std::string answer(4096, '\0');
  const ssize_t size = ::read(fd.get(), answer.data(), answer.size());
  answer.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return answer.size() > 4 ? answer.substr(4) : "no answer";
}

class SshAgent : public testing::Test {
 protected:
  SshAgent() {
    const CapturedOutput made = run_captured({.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N",
                                                       "", "-C", "the comment", "-f", key()}});
    EXPECT_TRUE(made.status.success()) << made.standard_error;
  }
  [[nodiscard]] std::string key() const { return directory_.path() + "/key"; }

  fs::TemporaryDirectory directory_ = fs::TemporaryDirectory::create("/tmp", "ssh");
};

TEST_F(SshAgent, AnswersForTheKeysItWasGivenThroughASocketOfItsOwn) {
  const SshAgentSocket agent({key()}, directory_.path(),
                             {.mode = 0640, .user_id = 0, .group_id = 7});
  struct stat status = {};
  ASSERT_EQ(::stat(agent.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
  EXPECT_EQ(status.st_gid, 7u);
  for (int i = 0; i < 2; ++i) {
    const std::string answer = ask_for_identities(agent.path());
    EXPECT_EQ(static_cast<unsigned char>(answer[0]), kIdentitiesAnswer);
    EXPECT_NE(answer.find("the comment"), std::string::npos);
  }
}

TEST_F(SshAgent, StandsInFrontOfAnAgentThatRuns) {
  const SshAgentSocket agent({key()}, directory_.path(), {});
  const SshAgentSocket front({agent.path()}, directory_.path(), {});
  EXPECT_NE(ask_for_identities(front.path()).find("the comment"), std::string::npos);
}

TEST_F(SshAgent, RefusesAFileThatIsNoKey) {
  const std::string file = directory_.path() + "/nonsense";
  write_file_atomically(file, "nonsense", 0600);
  EXPECT_THROW(SshAgentSocket({file}, directory_.path(), {}), Error);
}

}  // namespace
}  // namespace estiba::build
