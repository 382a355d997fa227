// SPDX-License-Identifier: Apache-2.0
// The way to a host over mutual TLS, with the SDK at its other end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <trimtab/host.h>

#include "daemon/base/error.h"
#include "daemon/host/grpc_host_link.h"
#include "daemon/host/host_channel.h"
#include "daemon/tls/diagnose.h"
#include "daemon/tls/live_tls.h"
#include "tests/support/certificates.h"

namespace trimtab {
namespace {

using std::chrono::hours;
using testing::AllOf;
using testing::HasSubstr;

class HostTlsTest : public testing::Test {
 protected:
  void SetUp() override {
    host = std::make_unique<host::TunableHost>(Options(server));
    host->AddInt("batch_size", {.min = 1, .max = 9, .initial = 3, .needs_restart = true}, nullptr);
    ASSERT_EQ(host->Start(), absl::OkStatus());
  }
  host::HostOptions Options(const TlsFiles& files) const {
    return {.service = "lookup",
            .instance = "one",
            .tls = {files.certificate, files.key, ca},
            .window_length = std::chrono::milliseconds(10)};
  }
  // What a call by this identity ends with.
  absl::Status Call(const TlsFiles& files, const std::string& server_name = "") {
    const auto live = LiveTls::Open({"host.tls"}, files);
    if (!live.ok()) return live.status();
    GrpcHostLink link(CreateHostChannel(host->address(), (*live)->ForChannel(), server_name),
                      {.tuner_id = "tuner-1", .deadline = std::chrono::minutes(1), .diagnose = [&] {
                         return DiagnoseTls(host->address(), files, server_name,
                                            std::chrono::minutes(1));
                       }});
    return link.Describe().status();
  }
  // The same, as often as it takes: a busy machine may miss the time that gRPC
  // gives to one handshake.
  absl::Status Reach(const TlsFiles& files, const std::string& server_name = "") {
    absl::Status status = Call(files, server_name);
    while (absl::IsUnavailable(status)) status = Call(files, server_name);
    return status;
  }

  const TestDirectory directory;
  const CertificateAuthority authority{"authority"};
  const CertificateAuthority stranger{"stranger"};
  const std::string ca = directory.Write("ca.pem", authority.pem());
  const TlsFiles server =
      directory.Write("host", authority.Issue({"host", "DNS:lookup.test,IP:127.0.0.1"}), ca);
  const TlsFiles tuner = directory.Write("tuner", authority.Issue({"trimtabd"}), ca);
  std::unique_ptr<host::TunableHost> host;
};

TEST_F(HostTlsTest, BothSidesShowACertificateThatTheOtherKnows) {
  EXPECT_EQ(Reach(tuner), absl::OkStatus());
  EXPECT_EQ(Reach(tuner, "lookup.test"), absl::OkStatus());
}

TEST_F(HostTlsTest, WhatIsWrongIsSaid) {
  const auto message = [this](const TlsFiles& files, const std::string& name = "") {
    const absl::Status status = Call(files, name);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    return Message(status);
  };
  EXPECT_THAT(message(tuner, "other.test"),
              HasSubstr("is for lookup.test, 127.0.0.1, not for other.test"));
  TlsFiles mistrusting = tuner;
  mistrusting.ca = directory.Write("other.pem", stranger.pem());
  EXPECT_THAT(message(mistrusting),
              AllOf(HasSubstr("DescribeHost"), HasSubstr("not in the CA file")));
  EXPECT_THAT(
      message(directory.Write("mallory", stranger.Issue({"trimtabd"}), ca)),
      AllOf(HasSubstr("refuses the certificate"), HasSubstr("authority isn't known there")));
  EXPECT_THAT(message({ca}), HasSubstr("refuses a client without a certificate"));
}

TEST_F(HostTlsTest, WithoutTlsNobodyIsServed) {
  GrpcHostLink link(CreateHostChannel(host->address()),
                    {.tuner_id = "tuner-1", .deadline = std::chrono::minutes(1)});
  EXPECT_EQ(link.Describe().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(HostTlsTest, TheHostsNewCertificateComesIntoUse) {
  const Issued next = authority.Issue({"host", "DNS:next.test"});
  directory.Write("host.pem", next.certificate_pem);
  directory.Write("host.key", next.key_pem);
  // gRPC looks at the files each second.
  EXPECT_EQ(Reach(tuner, "next.test"), absl::OkStatus());
}

TEST_F(HostTlsTest, OptionsThatDontFitAreRefused) {
  host::HostOptions options = Options(server);
  options.tls.client_ca.clear();
  EXPECT_THAT(Message(host::TunableHost(options).Start()), HasSubstr("the clients' authority"));
  options.tls = {};
  options.listen = "0.0.0.0:0";
  EXPECT_THAT(Message(host::TunableHost(options).Start()), HasSubstr("needs tls"));
  const TlsFiles old =
      directory.Write("old", authority.Issue({"host", "", hours(-2), hours(-1)}), ca);
  EXPECT_THAT(Message(host::TunableHost(Options(old)).Start()),
              AllOf(HasSubstr("tls.certificate: " + old.certificate), HasSubstr("expired at")));
}

}  // namespace
}  // namespace trimtab
