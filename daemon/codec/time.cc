// SPDX-License-Identifier: Apache-2.0
#include "daemon/codec/time.h"

#include <cstdint>

#include "daemon/base/error.h"

namespace trimtab::codec {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
// Seconds that fit 64 bits of nanoseconds, with room for the fraction.
constexpr std::int64_t kMaxSeconds = 9'223'372'035;

}  // namespace

google::protobuf::Duration EncodeDuration(Duration duration) {
  google::protobuf::Duration message;
  message.set_seconds(duration.count() / kNanosPerSecond);
  message.set_nanos(static_cast<std::int32_t>(duration.count() % kNanosPerSecond));
  return message;
}

absl::StatusOr<Duration> DecodeDuration(const google::protobuf::Duration& message) {
  const std::int64_t seconds = message.seconds();
  const std::int64_t nanos = message.nanos();
  if (nanos <= -kNanosPerSecond || nanos >= kNanosPerSecond || (seconds > 0 && nanos < 0) ||
      (seconds < 0 && nanos > 0)) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "{} s and {} ns don't make up a duration: the nanoseconds must have the sign of "
                 "the seconds and be less than a second",
                 seconds, nanos);
  }
  if (seconds > kMaxSeconds || seconds < -kMaxSeconds) {
    return Error(absl::StatusCode::kInvalidArgument, "a duration of {} s is too long; at most {} s",
                 seconds, kMaxSeconds);
  }
  return Duration(seconds * kNanosPerSecond + nanos);
}

google::protobuf::Timestamp EncodeTime(WallTime time) {
  const std::int64_t total = std::chrono::nanoseconds(time.time_since_epoch()).count();
  std::int64_t seconds = total / kNanosPerSecond;
  std::int64_t nanos = total % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  google::protobuf::Timestamp message;
  message.set_seconds(seconds);
  message.set_nanos(static_cast<std::int32_t>(nanos));
  return message;
}

absl::StatusOr<WallTime> DecodeTime(const google::protobuf::Timestamp& message) {
  if (message.nanos() < 0 || message.nanos() >= kNanosPerSecond) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "a timestamp's nanoseconds must be 0 to 999999999, not {}", message.nanos());
  }
  if (message.seconds() > kMaxSeconds || message.seconds() < -kMaxSeconds) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "a timestamp of {} s since 1970 is out of range", message.seconds());
  }
  return WallTime(std::chrono::nanoseconds(message.seconds() * kNanosPerSecond + message.nanos()));
}

gpr_timespec DeadlineAfter(Duration timeout) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(timeout.count(), GPR_TIMESPAN));
}

}  // namespace trimtab::codec
