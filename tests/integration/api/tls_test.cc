// SPDX-License-Identifier: Apache-2.0
// The client over TLS: what it says of certificates that are wrong, and that new
// ones come into use while streams go on.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <trimtab/client.h>

#include <future>

#include "daemon/api/api_server.h"
#include "daemon/base/error.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_control.h"

namespace trimtab {
namespace {

using std::chrono::hours;
using testing::AllOf;
using testing::HasSubstr;

class TlsTest : public testing::Test {
 protected:
  void Start(const CertificateOptions& certificate) {
    ApiServer::Options options;
    options.tls = directory.Write("server", authority.Issue(certificate), ca);
    options.access.roles[Role::kOperator].certificates = {"oncall.test"};
    options.access.token_files["ci"] = directory.Write("ci", "ci-token-0123456789abcdef\n");
    options.access.roles[Role::kViewer].tokens = {"ci"};
    server = ApiServer::Start("127.0.0.1:0", control, options).value();
  }
  TunerClientOptions Options(const TlsFiles& files) {
    TunerClientOptions options;
    options.address = server->address();
    options.deadline = std::chrono::minutes(1);
    options.attempts = 1;
    options.tls_ca = files.ca;
    options.tls_certificate = files.certificate;
    options.tls_key = files.key;
    return options;
  }
  std::string Why(const TunerClientOptions& options) {
    const absl::Status status = TunerClient(options).GetStatus().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    return Message(status);
  }

  const TestDirectory directory;
  const CertificateAuthority authority{"authority"};
  const CertificateAuthority stranger{"stranger"};
  const std::string ca = directory.Write("ca.pem", authority.pem());
  const CertificateOptions good{"server", "DNS:trimtabd.test,IP:127.0.0.1"};
  const TlsFiles oncall = directory.Write("oncall", authority.Issue({"oncall.test"}), ca);
  FakeControl control;
  std::unique_ptr<ApiServer> server;
};

TEST_F(TlsTest, ACertificateOrATokenOpensTheDoor) {
  Start(good);
  EXPECT_TRUE(TunerClient(Options(oncall)).Stop("").ok());
  TunerClientOptions token = Options({ca});
  token.token_file = directory.Path("ci");
  EXPECT_TRUE(TunerClient(token).GetStatus().ok());
  EXPECT_EQ(TunerClient(token).Stop("").status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(TunerClient(Options({ca})).GetStatus().status().code(),
            absl::StatusCode::kUnauthenticated);
}

TEST_F(TlsTest, TheServersExpiredCertificateIsToldSo) {
  const Issued old =
      authority.Issue({"server", "IP:127.0.0.1", hours(-2), std::chrono::seconds(-1)});
  // The daemon doesn't begin with it ...
  ApiServer::Options options;
  options.tls = directory.Write("old", old, ca);
  const absl::Status refused = ApiServer::Start("127.0.0.1:0", control, options).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(refused), AllOf(HasSubstr("api.tls.certificate"), HasSubstr("expired at")));
  // ... but one may expire while it is in use.
  grpc::SslServerCredentialsOptions expired;
  expired.pem_key_cert_pairs = {{old.key_pem, old.certificate_pem}};
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(expired), &port);
  const auto bare = builder.BuildAndStart();
  TunerClientOptions client;
  client.address = "127.0.0.1:" + std::to_string(port);
  client.attempts = 1;
  client.tls_ca = ca;
  EXPECT_THAT(Why(client), AllOf(HasSubstr(client.address), HasSubstr("expired at 20")));
}

TEST_F(TlsTest, AServerWithoutTlsIsToldSo) {
  ApiServer::Options options;
  server = ApiServer::Start("127.0.0.1:0", control, options).value();
  EXPECT_THAT(Why(Options({ca})), HasSubstr("doesn't speak TLS"));
}

TEST_F(TlsTest, AnUnknownAuthorityIsToldSo) {
  Start(good);
  const std::string other = directory.Write("other.pem", stranger.pem());
  EXPECT_THAT(Why(Options({other})), AllOf(HasSubstr(server->address()), HasSubstr("authority"),
                                           HasSubstr("not in the CA file " + other)));
}

TEST_F(TlsTest, AnotherNameIsToldSo) {
  Start(good);
  TunerClientOptions options = Options(oncall);
  options.tls_server_name = "elsewhere.test";
  EXPECT_THAT(Why(options), HasSubstr("is for trimtabd.test, 127.0.0.1, not for elsewhere.test"));
  options.tls_server_name = "trimtabd.test";
  EXPECT_TRUE(TunerClient(options).GetStatus().ok());
}

TEST_F(TlsTest, ARefusedClientIsToldWhy) {
  Start(good);
  EXPECT_THAT(
      Why(Options(directory.Write("mallory", stranger.Issue({"oncall.test"}), ca))),
      AllOf(HasSubstr("refuses the certificate"), HasSubstr("authority isn't known there")));
  // The client's own file says the same before anything is sent.
  const TlsFiles old =
      directory.Write("old", authority.Issue({"oncall.test", "", hours(-2), hours(-1)}), ca);
  const absl::Status expired = TunerClient(Options(old)).GetStatus().status();
  EXPECT_EQ(expired.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(expired), AllOf(HasSubstr(old.certificate), HasSubstr("expired at")));
}

TEST_F(TlsTest, ATokenIsNotSentInTheClear) {
  TunerClientOptions options;
  options.address = "192.0.2.1:7411";
  options.token_file = directory.Write("ci", "ci-token-0123456789abcdef\n");
  const absl::Status status = TunerClient(options).GetStatus().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(status), HasSubstr("without TLS"));
}

TEST_F(TlsTest, NewCertificatesComeIntoUseWhileAStreamGoesOn) {
  Start(good);
  TunerClient watcher(Options(oncall));
  std::promise<void> open;
  std::atomic<int> seen{0};
  std::future<absl::Status> end = std::async(std::launch::async, [&] {
    return watcher.Watch([&](const v1::TunerStatus& status) {
      if (seen++ == 0) open.set_value();
      return status.reason() != "over";
    });
  });
  open.get_future().wait();
  // A half of a change is told and changes nothing.
  const Issued next = authority.Issue({"server", "DNS:next.test"});
  directory.Write("server.pem", next.certificate_pem);
  EXPECT_THAT(Message(server->RefreshTls().status()), HasSubstr("api.tls.key"));
  EXPECT_TRUE(TunerClient(Options(oncall)).GetStatus().ok());
  directory.Write("server.key", next.key_pem);
  EXPECT_TRUE(server->RefreshTls().value());
  TunerClientOptions options = Options(oncall);
  options.tls_server_name = "next.test";
  // gRPC looks at the files each second.
  absl::Status status;
  do {
    status = TunerClient(options).GetStatus().status();
  } while (absl::IsUnavailable(status));
  EXPECT_EQ(status, absl::OkStatus());
  TunerStatus over;
  over.reason = "over";
  control.Publish(over);
  EXPECT_EQ(end.get(), absl::OkStatus());
}

TEST_F(TlsTest, BelowTls12NobodyIsServed) {
  Start(good);
  const auto handshake = [this](int version) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    BIO* bio = BIO_new_ssl_connect(context);
    BIO_set_conn_hostname(bio, server->address().c_str());
    const bool done = BIO_do_connect(bio) == 1 && BIO_do_handshake(bio) == 1;
    BIO_free_all(bio);
    SSL_CTX_free(context);
    return done;
  };
  EXPECT_FALSE(handshake(TLS1_VERSION));
  EXPECT_FALSE(handshake(TLS1_1_VERSION));
  EXPECT_TRUE(handshake(TLS1_2_VERSION));
  EXPECT_TRUE(handshake(TLS1_3_VERSION));
}

}  // namespace
}  // namespace trimtab
