// SPDX-License-Identifier: Apache-2.0
#include "daemon/tls/pem_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/error.h"
#include "tests/support/certificates.h"

namespace trimtab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class PemCheckTest : public testing::Test {
 protected:
  std::string Check(const TlsFiles& files) {
    const auto texts = ReadPem(kNames, files);
    if (!texts.ok()) return Message(texts.status());
    return Message(CheckPem(kNames, files, *texts, std::chrono::system_clock::now()));
  }
  const TlsNames kNames{"api.tls", "client_ca"};
  const TestDirectory directory;
  const CertificateAuthority authority{"authority"};
  const std::string ca = directory.Write("ca.pem", authority.pem());
  const Issued good = authority.Issue({"trimtabd"});
};

TEST_F(PemCheckTest, WhatIsGoodPasses) {
  EXPECT_EQ(Check(directory.Write("good", good, ca)), "");
  EXPECT_EQ(Check({ca}), "");
  EXPECT_EQ(Check(directory.Write("good", good)), "");
}

TEST_F(PemCheckTest, AnExpiredCertificateIsToldWithItsEnd) {
  const TlsFiles files = directory.Write(
      "old", authority.Issue({"old", "", std::chrono::hours(-2), std::chrono::hours(-1)}), ca);
  EXPECT_THAT(Check(files), AllOf(HasSubstr("api.tls.certificate: " + files.certificate),
                                  HasSubstr("expired at 20"), HasSubstr("UTC")));
}

TEST_F(PemCheckTest, OneFromTheFutureToo) {
  const TlsFiles files = directory.Write(
      "new", authority.Issue({"new", "", std::chrono::hours(1), std::chrono::hours(2)}));
  EXPECT_THAT(Check(files), HasSubstr("is not valid before 20"));
}

TEST_F(PemCheckTest, AKeyOfAnotherCertificateIsToldAndNotShown) {
  TlsFiles files = directory.Write("good", good, ca);
  const std::string other = authority.Issue({"other"}).key_pem;
  directory.Write("good.key", other);
  EXPECT_THAT(Check(files), AllOf(HasSubstr("api.tls.key: " + files.key),
                                  HasSubstr("doesn't belong to the certificate"),
                                  Not(HasSubstr(other.substr(40, 20)))));
}

TEST_F(PemCheckTest, FilesThatAreNoneAreToldByTheirSetting) {
  TlsFiles files = directory.Write("good", good, ca);
  files.key = directory.Path("none");
  EXPECT_THAT(Check(files), AllOf(HasSubstr("api.tls.key"), HasSubstr("can't be read")));
  files = directory.Write("good", good, ca);
  directory.Write("good.pem", "-----BEGIN CERTIFICATE-----\nnonsense\n");
  EXPECT_THAT(Check(files), AllOf(HasSubstr("api.tls.certificate"), HasSubstr("no certificate")));
  directory.Write("good.pem", good.certificate_pem);
  directory.Write("good.key", "nonsense");
  EXPECT_THAT(Check(files), AllOf(HasSubstr("api.tls.key"), HasSubstr("no private key")));
  directory.Write("good.key", good.key_pem);
  directory.Write("ca.pem", "nonsense");
  EXPECT_THAT(Check(files), AllOf(HasSubstr("api.tls.client_ca"), HasSubstr("no certificate")));
}

}  // namespace
}  // namespace trimtab
