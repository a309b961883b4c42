// Trust: the client against the TLS server of the openssl program.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/process.h"
#include "base/testing/test_directory.h"
#include "http/client.h"
#include "http/server.h"
#include "http/test_peer.h"

namespace estiba::http {
namespace {

// Two self-signed certificates for 127.0.0.1, and `openssl s_server` with the first of them.
class ClientTls : public ::testing::Test {
 protected:
  void SetUp() override {
    make_certificate("server");
    make_certificate("other");
    start_server();
  }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

  ClientRequest request() const {
    ClientRequest request;
    request.url = "https://127.0.0.1:" + port_ + "/";
    return request;
  }

  static Error error_of(const ClientRequest& request) {
    try {
      (void)Client().open(request);
    } catch (const Error& error) {
      return error;
    }
    throw std::runtime_error("nothing failed");
  }

 private:
  void make_certificate(const std::string& name) {
    ProcessOptions options;
    options.argv = {"openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=" + name,
                    "-addext",
                    "subjectAltName=IP:127.0.0.1",
                    "-keyout",
                    file(name + ".key"),
                    "-out",
                    file(name + ".pem")};
    const CapturedOutput output = run_captured(options);
    ASSERT_TRUE(output.status.success()) << output.standard_error;
  }

  void start_server() {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    output_ = UniqueFd(ends[0]);
    const UniqueFd writing(ends[1]);
    ProcessOptions options;
    options.argv = {"openssl",          "s_server", "-accept",          "127.0.0.1:0", "-cert",
                    file("server.pem"), "-key",     file("server.key"), "-www"};
    options.stdout_fd = writing.get();
    server_ = std::make_unique<ChildProcess>(ChildProcess::spawn(options));
    std::string said;  // "ACCEPT 127.0.0.1:41234"
    while (said.find("ACCEPT") == std::string::npos || !said.ends_with('\n')) {
      std::array<char, 256> text;
      const ssize_t count = ::read(output_.get(), text.data(), text.size());
      ASSERT_GT(count, 0) << said;
      said.append(text.data(), static_cast<std::size_t>(count));
    }
    port_ = said.substr(said.rfind(':') + 1);
    port_.pop_back();
  }

  estiba::testing::TestDirectory folder_;
  UniqueFd output_;
  std::unique_ptr<ChildProcess> server_;
  std::string port_;
};

TEST_F(ClientTls, TrustsTheAuthoritiesThatItIsGiven) {
  ClientRequest trusted = request();
  trusted.tls.ca_files = {file("other.pem"), file("server.pem")};
  Client client;
  EXPECT_EQ(client.fetch(trusted, 1 << 20).status, 200);
  // What one request trusts, the next one on the same client does not.
  EXPECT_THROW((void)client.fetch(request(), 1 << 20), Error);
}

TEST_F(ClientTls, RefusesUnknownAuthoritiesWithAHint) {
  ClientRequest wrong = request();
  wrong.tls.ca_files = {file("other.pem")};
  for (const ClientRequest& untrusted : {request(), wrong}) {
    const Error error = error_of(untrusted);
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_NE(error.message().find("certificate of https://127.0.0.1:"), std::string::npos)
        << error.what();
    EXPECT_NE(error.hint().find("authority"), std::string::npos);
  }
}

TEST_F(ClientTls, AcceptsAnythingWhenToldNotToVerify) {
  ClientRequest careless = request();
  careless.tls.verify_peer = false;
  EXPECT_EQ(Client().fetch(careless, 1 << 20).status, 200);
}

TEST_F(ClientTls, SaysWhichFilesItCannotUse) {
  ClientRequest missing = request();
  missing.tls.ca_files = {file("missing.pem")};
  const Error error = error_of(missing);
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(error.message().find("certificate files"), std::string::npos) << error.what();
  ClientRequest no_key = request();
  no_key.tls.ca_files = {file("server.pem")};
  no_key.tls.client_certificate_file = file("missing.pem");
  EXPECT_EQ(error_of(no_key).code(), ErrorCode::kInvalidArgument);
}

TEST(ClientWithoutTls, LearnsAtOnceThatTheServerSpeaksPlainHttp) {
  const auto server = test::serve([](Request&) { return Response::text(200, ""); });
  ClientRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(server->port()) + "/";
  try {
    (void)Client().open(request);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_NE(error.hint().find("plain HTTP"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace estiba::http
