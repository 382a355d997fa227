// SPDX-License-Identifier: Apache-2.0
#include "daemon/codec/time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>

#include "daemon/base/error.h"

namespace trimtab::codec {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kMaxSeconds = 9'223'372'035;
constexpr std::int64_t kMaxNanos = kMaxSeconds * 1'000'000'000 + 999'999'999;

google::protobuf::Duration Length(std::int64_t seconds, std::int32_t nanos) {
  google::protobuf::Duration message;
  message.set_seconds(seconds);
  message.set_nanos(nanos);
  return message;
}

google::protobuf::Timestamp Moment(std::int64_t seconds, std::int32_t nanos) {
  google::protobuf::Timestamp message;
  message.set_seconds(seconds);
  message.set_nanos(nanos);
  return message;
}

// Every length and moment that both sides can hold, its ends more often.
rc::Gen<std::int64_t> Nanos() {
  return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(-kMaxNanos, kMaxNanos),
                        rc::gen::inRange<std::int64_t>(-2'000'000'001, 2'000'000'001),
                        rc::gen::element(kMaxNanos, -kMaxNanos, std::int64_t{0}));
}

RC_GTEST_PROP(TimeCodecTest, ADurationComesBackAndKeepsProtobufsRules, ()) {
  const Duration duration(*Nanos());
  const google::protobuf::Duration message = EncodeDuration(duration);
  RC_ASSERT(std::abs(message.nanos()) < 1'000'000'000);
  RC_ASSERT(message.seconds() == 0 || message.nanos() == 0 ||
            (message.seconds() < 0) == (message.nanos() < 0));
  const auto back = DecodeDuration(message);
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == duration);
}

RC_GTEST_PROP(TimeCodecTest, AMomentComesBackAndItsNanosecondsCountUp, ()) {
  const WallTime time{std::chrono::nanoseconds(*rc::gen::suchThat(
      Nanos(), [](std::int64_t nanos) { return nanos >= -kMaxSeconds * 1'000'000'000; }))};
  const google::protobuf::Timestamp message = EncodeTime(time);
  RC_ASSERT(message.nanos() >= 0);
  RC_ASSERT(message.nanos() < 1'000'000'000);
  const auto back = DecodeTime(message);
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == time);
}

RC_GTEST_PROP(TimeCodecTest, AnyDurationIsRefusedOrUnderstoodExactly, ()) {
  const auto message = Length(
      *rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange<std::int64_t>(-2, 3)),
      *rc::gen::oneOf(rc::gen::arbitrary<std::int32_t>(),
                      rc::gen::inRange<std::int32_t>(-1'000'000'000, 1'000'000'001)));
  const auto duration = DecodeDuration(message);
  if (!duration.ok()) {
    RC_ASSERT(duration.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  const auto back = EncodeDuration(*duration);
  RC_ASSERT(back.seconds() == message.seconds());
  RC_ASSERT(back.nanos() == message.nanos());
}

TEST(TimeCodecTest, EveryDurationThatTheDaemonCanHoldIsWritten) {
  for (const Duration duration : {Duration::min(), Duration::max()}) {
    const auto message = EncodeDuration(duration);
    EXPECT_EQ(message.seconds(), duration.count() / 1'000'000'000);
    EXPECT_EQ(message.nanos(), duration.count() % 1'000'000'000);
  }
}

TEST(TimeCodecTest, RefusesADurationWhoseNanosecondsDontBelongToItsSeconds) {
  for (const auto& message : {Length(0, 1'000'000'000), Length(0, -1'000'000'000), Length(1, -1),
                              Length(-1, 1), Length(5, std::numeric_limits<std::int32_t>::min())}) {
    const auto duration = DecodeDuration(message);
    EXPECT_EQ(duration.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(duration.status()), HasSubstr("nanoseconds must have the sign"));
  }
}

TEST(TimeCodecTest, RefusesADurationOfMoreThan292Years) {
  for (const std::int64_t seconds :
       {kMaxSeconds + 1, -kMaxSeconds - 1, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    const auto duration = DecodeDuration(Length(seconds, 0));
    EXPECT_EQ(duration.status().code(), absl::StatusCode::kInvalidArgument) << seconds;
    EXPECT_THAT(Message(duration.status()), HasSubstr("at most 9223372035 s"));
  }
}

TEST(TimeCodecTest, RefusesAMomentThatIsMalformedOrOutOfRange) {
  for (const std::int32_t nanos : {-1, 1'000'000'000}) {
    const auto time = DecodeTime(Moment(0, nanos));
    EXPECT_EQ(time.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(time.status()), HasSubstr("must be 0 to 999999999"));
  }
  for (const std::int64_t seconds :
       {kMaxSeconds + 1, -kMaxSeconds - 1, std::numeric_limits<std::int64_t>::max()}) {
    const auto time = DecodeTime(Moment(seconds, 0));
    EXPECT_EQ(time.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(time.status()), HasSubstr("out of range"));
  }
}

TEST(TimeCodecTest, ADeadlineLiesOnTheMonotonicClock) {
  const gpr_timespec before = gpr_now(GPR_CLOCK_MONOTONIC);
  const gpr_timespec deadline = DeadlineAfter(std::chrono::hours(1));
  EXPECT_EQ(deadline.clock_type, GPR_CLOCK_MONOTONIC);
  EXPECT_GE(gpr_time_cmp(deadline, gpr_time_add(before, gpr_time_from_hours(1, GPR_TIMESPAN))), 0);
}

}  // namespace
}  // namespace trimtab::codec
