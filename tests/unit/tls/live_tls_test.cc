// SPDX-License-Identifier: Apache-2.0
#include "daemon/tls/live_tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "daemon/base/error.h"
#include "tests/support/certificates.h"

namespace trimtab {
namespace {

using testing::HasSubstr;

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(LiveFileTest, TheSamePathHoldsWhatWasSetLast) {
  LiveFile file;
  EXPECT_EQ(file.path(), "");
  ASSERT_TRUE(file.Set("a long content to begin with"));
  const std::string path = file.path();
  EXPECT_EQ(Read(path), "a long content to begin with");
  ASSERT_TRUE(file.Set("short"));
  EXPECT_EQ(file.path(), path);
  EXPECT_EQ(Read(path), "short");
}

class LiveTlsTest : public testing::Test {
 protected:
  const TestDirectory directory;
  const CertificateAuthority authority{"authority"};
  const TlsFiles files = directory.Write("api", authority.Issue({"one"}));
};

TEST_F(LiveTlsTest, WhatIsWrongAtTheStartIsAnError) {
  directory.Write("api.key", authority.Issue({"two"}).key_pem);
  const auto live = LiveTls::Open({"api.tls", "client_ca"}, files);
  EXPECT_EQ(live.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(live.status()), HasSubstr("api.tls.key"));
}

TEST_F(LiveTlsTest, AChangeIsTakenOnceWhenItIsWhole) {
  const auto live = LiveTls::Open({"api.tls", "client_ca"}, files).value();
  EXPECT_FALSE(live->Refresh().value());
  const Issued next = authority.Issue({"two"});
  // The certificate is there before its key.
  directory.Write("api.pem", next.certificate_pem);
  EXPECT_THAT(Message(live->Refresh().status()), HasSubstr("doesn't belong"));
  EXPECT_FALSE(live->Refresh().value());
  directory.Write("api.key", next.key_pem);
  EXPECT_TRUE(live->Refresh().value());
  EXPECT_FALSE(live->Refresh().value());
}

TEST_F(LiveTlsTest, FilesThatComeBackAsTheyWereAreNoChange) {
  const auto live = LiveTls::Open({"api.tls", "client_ca"}, files).value();
  const std::string before = Read(files.certificate);
  directory.Write("api.pem", "nonsense");
  EXPECT_FALSE(live->Refresh().ok());
  directory.Write("api.pem", before);
  EXPECT_FALSE(live->Refresh().value());
  directory.Write("api.pem", "nonsense");
  EXPECT_FALSE(live->Refresh().ok());
}

}  // namespace
}  // namespace trimtab
