// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "daemon/base/log_linear_buckets.h"

namespace trimtab {
namespace {

using Buckets = LogLinearBuckets;

// Of every magnitude alike; plain integers are nearly all of the largest.
rc::Gen<std::uint64_t> AnyMagnitude() {
  return rc::gen::apply([](std::uint64_t value, int shift) { return value >> shift; },
                        rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange(0, 64));
}

RC_GTEST_PROP(LogLinearBucketsTest, AValueLiesWithinItsBucket, ()) {
  const std::uint64_t value = *AnyMagnitude();
  const int bits = *rc::gen::inRange(Buckets::kMinPrecisionBits, Buckets::kMaxPrecisionBits + 1);
  const std::uint32_t index = Buckets::Index(value, bits);
  RC_ASSERT(index < Buckets::Count(bits));
  RC_ASSERT(Buckets::LowerBound(index, bits) <= value);
  RC_ASSERT(Buckets::UpperBound(index, bits) >= value);
}

RC_GTEST_PROP(LogLinearBucketsTest, NoBucketIsWiderThanThePrecisionSays, ()) {
  const int bits = *rc::gen::inRange(Buckets::kMinPrecisionBits, Buckets::kMaxPrecisionBits + 1);
  const std::uint32_t index = *rc::gen::inRange<std::uint32_t>(0, Buckets::Count(bits));
  const std::uint64_t low = Buckets::LowerBound(index, bits);
  RC_ASSERT(Buckets::UpperBound(index, bits) - low <= low >> bits);
}

RC_GTEST_PROP(LogLinearBucketsTest, BucketsLieSideBySide, ()) {
  const int bits = *rc::gen::inRange(Buckets::kMinPrecisionBits, Buckets::kMaxPrecisionBits + 1);
  const std::uint32_t index = *rc::gen::inRange<std::uint32_t>(0, Buckets::Count(bits) - 1);
  RC_ASSERT(Buckets::UpperBound(index, bits) + 1 == Buckets::LowerBound(index + 1, bits));
}

TEST(LogLinearBucketsTest, TheLastBucketEndsWithTheLargestValue) {
  EXPECT_EQ(Buckets::UpperBound(Buckets::Count() - 1), std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace trimtab
