// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "daemon/base/error.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_control.h"

namespace trimtab {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// What a server answers to the text; empty when it doesn't answer. Over TLS
// where `files` name a CA.
std::string Say(const std::string& address, const std::string& text, const TlsFiles& files = {},
                int max_version = 0) {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                            SSL_CTX_free);
  BIO* bio = nullptr;
  if (files.enabled()) {
    SSL_CTX_load_verify_locations(context.get(), files.ca.c_str(), nullptr);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (max_version != 0) {
      SSL_CTX_set_security_level(context.get(), 0);
      SSL_CTX_set_max_proto_version(context.get(), max_version);
    }
    if (!files.certificate.empty()) {
      SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str());
      SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM);
    }
    bio = BIO_new_ssl_connect(context.get());
    BIO_set_conn_hostname(bio, address.c_str());
  } else {
    bio = BIO_new_connect(address.c_str());
  }
  std::string answer;
  if (BIO_do_connect(bio) == 1 &&
      BIO_write(bio, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size())) {
    char buffer[4096];
    for (int read = 0; (read = BIO_read(bio, buffer, sizeof(buffer))) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(read));
    }
  }
  BIO_free_all(bio);
  return answer;
}

std::string Get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
}

class HttpServerTest : public testing::Test {
 protected:
  void Start(const TlsFiles& tls = {}) {
    server = HttpServer::Start("127.0.0.1:0", tls, control, std::chrono::seconds(30)).value();
  }
  const TestDirectory directory;
  FakeControl control;
  std::unique_ptr<HttpServer> server;
};

TEST_F(HttpServerTest, PagesSayWhatTheyAreFor) {
  Start();
  EXPECT_THAT(Say(server->address(), Get("/metrics")), HasSubstr("\ntrimtab_"));
  EXPECT_THAT(Say(server->address(), Get("/metrics?name=x")), HasSubstr("\ntrimtab_"));
  EXPECT_THAT(Say(server->address(), Get("/healthz")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Say(server->address(), Get("/readyz")), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(Say(server->address(), Get("/etc/passwd")), StartsWith("HTTP/1.1 404"));
  TunerStatus reached;
  reached.host_reachable = true;
  control.Publish(reached);
  EXPECT_THAT(Say(server->address(), Get("/readyz")), StartsWith("HTTP/1.1 200"));
  server->SetEnding();
  EXPECT_THAT(Say(server->address(), Get("/readyz")), StartsWith("HTTP/1.1 503"));
  control.Hang(std::chrono::seconds(31));
  EXPECT_THAT(Say(server->address(), Get("/healthz")), StartsWith("HTTP/1.1 503"));
}

TEST_F(HttpServerTest, OneConnectionAsksMoreThanOnce) {
  Start();
  const std::string answer =
      Say(server->address(), "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/healthz"));
  EXPECT_NE(answer.find("ok\n"), answer.rfind("ok\n"));
}

TEST_F(HttpServerTest, WhatIsNoRequestEndsTheConnectionOnly) {
  Start();
  for (const std::string& text :
       {std::string("nonsense\r\n\r\n"), std::string(100'000, 'x') + "\r\n\r\n",
        std::string("POST /metrics HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789"),
        "GET / HTTP/1.1\r\nA: " + std::string(100'000, 'x') + "\r\n\r\n"}) {
    EXPECT_THAT(Say(server->address(), text), testing::Not(HasSubstr("trimtab_")));
  }
  EXPECT_THAT(Say(server->address(), "DELETE /metrics HTTP/1.1\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(Say(server->address(), Get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, APortInUseIsRefusedByName) {
  Start();
  const auto second =
      HttpServer::Start(server->address(), {}, control, std::chrono::seconds(30)).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(second), HasSubstr("telemetry.listen"));
}

TEST_F(HttpServerTest, WithTlsOnlyWhoIsKnownReads) {
  const CertificateAuthority authority("authority");
  const CertificateAuthority stranger("stranger");
  const std::string ca = directory.Write("ca.pem", authority.pem());
  const TlsFiles scraper = directory.Write("scraper", authority.Issue({"prometheus"}), ca);
  Start(directory.Write("server", authority.Issue({"server", "IP:127.0.0.1"}), ca));
  EXPECT_THAT(Say(server->address(), Get("/metrics"), scraper), HasSubstr("\ntrimtab_"));
  EXPECT_EQ(Say(server->address(), Get("/metrics"), {ca}), "");
  EXPECT_EQ(Say(server->address(), Get("/metrics"),
                directory.Write("other", stranger.Issue({"prometheus"}), ca)),
            "");
  EXPECT_EQ(Say(server->address(), Get("/metrics"),
                directory.Write("old",
                                authority.Issue({"prometheus", "", std::chrono::hours(-2),
                                                 std::chrono::hours(-1)}),
                                ca)),
            "");
  EXPECT_EQ(Say(server->address(), Get("/metrics")), "");
  EXPECT_EQ(Say(server->address(), Get("/metrics"), scraper, TLS1_1_VERSION), "");
  EXPECT_THAT(Say(server->address(), Get("/metrics"), scraper, TLS1_2_VERSION),
              HasSubstr("\ntrimtab_"));
}

TEST_F(HttpServerTest, ANewCertificateIsShownFromThenOn) {
  const CertificateAuthority old_authority("old");
  const CertificateAuthority next_authority("next");
  const TlsFiles by_old = {directory.Write("old.pem", old_authority.pem())};
  const TlsFiles by_next = {directory.Write("next.pem", next_authority.pem())};
  Start(directory.Write("server", old_authority.Issue({"server"})));
  EXPECT_THAT(Say(server->address(), Get("/healthz"), by_old), HasSubstr("ok"));
  EXPECT_FALSE(server->RefreshTls().value());
  const Issued next = next_authority.Issue({"server"});
  directory.Write("server.pem", next.certificate_pem);
  EXPECT_THAT(Message(server->RefreshTls().status()), HasSubstr("telemetry.tls.key"));
  EXPECT_THAT(Say(server->address(), Get("/healthz"), by_old), HasSubstr("ok"));
  directory.Write("server.key", next.key_pem);
  EXPECT_TRUE(server->RefreshTls().value());
  EXPECT_THAT(Say(server->address(), Get("/healthz"), by_next), HasSubstr("ok"));
  EXPECT_EQ(Say(server->address(), Get("/healthz"), by_old), "");
}

}  // namespace
}  // namespace trimtab
