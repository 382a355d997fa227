// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace trimtab {
namespace {

TEST(Utf8Test, WhatIsWellFormedStays) {
  for (const std::string text : {"", "plain", "gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac",
                                 "\xf0\x9f\x9a\xa4", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(ToUtf8(text), text);
  }
}

TEST(Utf8Test, WhatIsNotIsReplacedByteByByte) {
  EXPECT_EQ(ToUtf8("a\xff"
                   "b"),
            "a?b");
  EXPECT_EQ(ToUtf8("cut \xe2\x82"), "cut ??");
  EXPECT_EQ(ToUtf8("overlong \xc0\xaf"), "overlong ??");
  EXPECT_EQ(ToUtf8("overlong \xe0\x80\xaf"), "overlong ???");
  EXPECT_EQ(ToUtf8("surrogate \xed\xa0\x80"), "surrogate ???");
  EXPECT_EQ(ToUtf8("beyond \xf4\x90\x80\x80"), "beyond ????");
  EXPECT_EQ(ToUtf8("alone \x80"), "alone ?");
}

RC_GTEST_PROP(Utf8Test, OnceIsEnough, (const std::string& text)) {
  const std::string once = ToUtf8(text);
  RC_ASSERT(ToUtf8(once) == once);
}

}  // namespace
}  // namespace trimtab
