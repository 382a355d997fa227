// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/fingerprint.h"

#include <gtest/gtest.h>

namespace trimtab {
namespace {

std::uint64_t Hash(std::initializer_list<const char*> texts) {
  Fnv1a hash;
  for (const char* text : texts) hash.Add(text);
  return hash.value();
}

TEST(Fnv1aTest, IsTheSameOnEveryMachine) {
  // FNV-1a of the bytes "foobar" and a zero.
  EXPECT_EQ(Hash({"foobar"}), 0x34531ca7168b8f38ULL);
  EXPECT_EQ(Hash({}), 0xcbf29ce484222325ULL);
}

TEST(Fnv1aTest, WhereAStringEndsCounts) {
  EXPECT_NE(Hash({"ab", "c"}), Hash({"a", "bc"}));
  EXPECT_NE(Hash({"a"}), Hash({"a", ""}));
}

}  // namespace
}  // namespace trimtab
