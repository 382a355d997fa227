// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/base_unit.h"

#include <gtest/gtest.h>

namespace trimtab {
namespace {

void ExpectUnit(const BaseUnit& unit, std::string_view suffix, double factor) {
  EXPECT_EQ(unit.suffix, suffix);
  EXPECT_DOUBLE_EQ(unit.factor, factor);
}

TEST(BaseUnitTest, TheStatedUnitCounts) {
  ExpectUnit(BaseUnitOf("us", "linger"), "seconds", 1e-6);
  ExpectUnit(BaseUnitOf("MiB", "buffer"), "bytes", 1024 * 1024);
  ExpectUnit(BaseUnitOf("%", "share"), "ratio", 0.01);
  // Over the name, which may end in anything.
  ExpectUnit(BaseUnitOf("entries", "number_of_ms"), "value", 1);
}

TEST(BaseUnitTest, WithoutAUnitTheNameCounts) {
  ExpectUnit(BaseUnitOf("", "timeout_ms"), "seconds", 1e-3);
  ExpectUnit(BaseUnitOf("", "buffer_bytes"), "bytes", 1);
  ExpectUnit(BaseUnitOf("", "thread_pool_size"), "value", 1);
  ExpectUnit(BaseUnitOf("", "threads"), "value", 1);
}

}  // namespace
}  // namespace trimtab
