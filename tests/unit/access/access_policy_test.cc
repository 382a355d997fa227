// SPDX-License-Identifier: Apache-2.0
#include "daemon/access/access_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trimtab {
namespace {

constexpr std::uint32_t kOwn = 990;

AccessSettings Some() {
  AccessSettings settings;
  settings.roles[Role::kViewer] = {{"grafana.test", "both.test"}, {1001}, {"reader"}};
  settings.roles[Role::kOperator] = {{"oncall.test", "both.test"}, {1002}, {"ci"}};
  settings.roles[Role::kAdmin] = {{}, {1003}, {}};
  return settings;
}

TEST(AccessPolicyTest, TheDaemonsOwnUserAndRootAreAdmin) {
  for (const AccessSettings& settings : {AccessSettings(), Some()}) {
    const AccessPolicy policy(settings, kOwn);
    EXPECT_EQ(policy.OfUid(kOwn).role, Role::kAdmin);
    EXPECT_EQ(policy.OfUid(0).role, Role::kAdmin);
    EXPECT_EQ(policy.OfUid(7).role, Role::kNone);
  }
}

TEST(AccessPolicyTest, EachHasTheRoleThatNamesIt) {
  const AccessPolicy policy(Some(), kOwn);
  EXPECT_EQ(policy.OfUid(1001).role, Role::kViewer);
  EXPECT_EQ(policy.OfUid(1002).role, Role::kOperator);
  EXPECT_EQ(policy.OfUid(1003).role, Role::kAdmin);
  EXPECT_EQ(policy.OfUid(1002).name, "uid:1002");
  EXPECT_EQ(policy.OfToken("ci").role, Role::kOperator);
  EXPECT_EQ(policy.OfToken("ci").name, "token:ci");
  EXPECT_EQ(policy.OfToken("unlisted").role, Role::kNone);
  EXPECT_THAT(policy.KnownUids(), testing::ElementsAre(0, kOwn, 1001, 1002, 1003));
}

TEST(AccessPolicyTest, TheHighestRoleOfACertificatesNamesCounts) {
  const AccessPolicy policy(Some(), kOwn);
  const Caller both = policy.OfCertificate({"nobody.test", "grafana.test", "both.test"});
  EXPECT_EQ(both.role, Role::kOperator);
  EXPECT_EQ(both.name, "certificate:both.test");
  const Caller none = policy.OfCertificate({"first.test", "second.test"});
  EXPECT_EQ(none.role, Role::kNone);
  EXPECT_EQ(none.name, "certificate:first.test");
  // A uid's number is no name of a certificate, nor of a token.
  EXPECT_EQ(policy.OfCertificate({"1003", "ci", "uid:0"}).role, Role::kNone);
}

TEST(AccessPolicyTest, WhoHasNoRoleHasThatOfAnybody) {
  AccessSettings settings = Some();
  settings.anonymous = Role::kViewer;
  const AccessPolicy policy(settings, kOwn);
  EXPECT_EQ(policy.Nobody().role, Role::kViewer);
  EXPECT_EQ(policy.OfUid(7).role, Role::kViewer);
  EXPECT_EQ(policy.OfCertificate({"first.test"}).role, Role::kViewer);
  EXPECT_EQ(policy.OfUid(1002).role, Role::kOperator);
}

}  // namespace
}  // namespace trimtab
