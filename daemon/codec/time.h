// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <grpc/support/time.h>

#include "daemon/base/clock.h"

namespace trimtab::codec {

google::protobuf::Duration EncodeDuration(Duration duration);
// INVALID_ARGUMENT when the message breaks protobuf's own rules or the length
// doesn't fit 64 bits of nanoseconds (292 years).
absl::StatusOr<Duration> DecodeDuration(const google::protobuf::Duration& message);

google::protobuf::Timestamp EncodeTime(WallTime time);
// INVALID_ARGUMENT as for DecodeDuration, counted from 1970.
absl::StatusOr<WallTime> DecodeTime(const google::protobuf::Timestamp& message);

// The moment `timeout` from now on gRPC's monotonic clock, as the deadline of a
// call: a step of the wall clock neither ends the call nor prolongs it.
gpr_timespec DeadlineAfter(Duration timeout);

}  // namespace trimtab::codec
