// SPDX-License-Identifier: Apache-2.0
#include "daemon/access/token_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/error.h"
#include "tests/support/certificates.h"

namespace trimtab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kOne = "one-token-0123456789";
constexpr const char* kTwo = "two-token-0123456789";

TEST(TokenFilesTest, ATokenIsKnownByItsName) {
  const TestDirectory directory;
  TokenFiles files({{"ci", directory.Write("ci", std::string(kOne) + "\n")},
                    {"ops", directory.Write("ops", std::string(kTwo) + " \r\n\n")}});
  EXPECT_FALSE(files.Find(kOne));
  ASSERT_EQ(files.Load(), absl::OkStatus());
  EXPECT_EQ(files.Find(kOne), "ci");
  EXPECT_EQ(files.Find(kTwo), "ops");
  for (const char* other : {"", "one-token-012345678", "one-token-01234567890", "ci"}) {
    EXPECT_FALSE(files.Find(other)) << other;
  }
}

TEST(TokenFilesTest, WithTwoLinesATokenIsReplacedWithoutAGap) {
  const TestDirectory directory;
  TokenFiles files({{"ci", directory.Write("ci", kOne)}});
  ASSERT_EQ(files.Load(), absl::OkStatus());
  directory.Write("ci", std::string(kTwo) + "\n" + kOne);
  ASSERT_EQ(files.Load(), absl::OkStatus());
  EXPECT_EQ(files.Find(kOne), "ci");
  EXPECT_EQ(files.Find(kTwo), "ci");
  directory.Write("ci", kTwo);
  ASSERT_EQ(files.Load(), absl::OkStatus());
  EXPECT_FALSE(files.Find(kOne));
}

TEST(TokenFilesTest, AWrongFileIsNamedNotItsTokenAndChangesNothing) {
  const TestDirectory directory;
  TokenFiles files({{"ci", directory.Write("ci", kOne)}});
  ASSERT_EQ(files.Load(), absl::OkStatus());
  for (const auto& [content, why] : std::vector<std::pair<std::string, std::string>>{
           {"short-secret", "16 characters"},
           {"\n \n", "no token"},
           {std::string(5000, 's'), "4096 characters"}}) {
    directory.Write("ci", content);
    const std::string message = Message(files.Load());
    EXPECT_THAT(message,
                AllOf(HasSubstr("api.tokens.ci"), HasSubstr(directory.Path("ci")), HasSubstr(why),
                      Not(HasSubstr("short-secret")), Not(HasSubstr("ssss"))));
    EXPECT_EQ(files.Find(kOne), "ci");
  }
  TokenFiles missing({{"ci", directory.Path("none")}});
  EXPECT_THAT(Message(missing.Load()), HasSubstr("can't be read"));
}

}  // namespace
}  // namespace trimtab
