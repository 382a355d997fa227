// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/access/rate_limiter.h"
#include "daemon/access/stream_quota.h"
#include "tests/support/manual_clock.h"

namespace trimtab {
namespace {

using std::chrono::milliseconds;

TEST(RateLimiterTest, AsManyAtOnceAsASecondAllowsThenOneByOne) {
  ManualClock clock;
  RateLimiter limiter(10, clock);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limiter.Take("a")) << i;
  EXPECT_FALSE(limiter.Take("a"));
  clock.Advance(milliseconds(99));
  EXPECT_FALSE(limiter.Take("a"));
  clock.Advance(milliseconds(2));
  EXPECT_TRUE(limiter.Take("a"));
  EXPECT_FALSE(limiter.Take("a"));
}

TEST(RateLimiterTest, ALongSilenceSavesNoMoreThanASecond) {
  ManualClock clock;
  RateLimiter limiter(3, clock);
  EXPECT_TRUE(limiter.Take("a"));
  clock.Advance(std::chrono::hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Take("a"));
  EXPECT_FALSE(limiter.Take("a"));
}

TEST(RateLimiterTest, OneCallersThirstIsNotAnothers) {
  ManualClock clock;
  RateLimiter limiter(1, clock);
  EXPECT_TRUE(limiter.Take("a"));
  EXPECT_FALSE(limiter.Take("a"));
  EXPECT_TRUE(limiter.Take("b"));
}

TEST(StreamQuotaTest, AStreamThatEndsMakesRoom) {
  StreamQuota quota(2);
  auto first = quota.Take("a");
  const auto second = quota.Take("a");
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_FALSE(quota.Take("a"));
  EXPECT_TRUE(quota.Take("b"));
  first.reset();
  EXPECT_TRUE(quota.Take("a"));
}

}  // namespace
}  // namespace trimtab
