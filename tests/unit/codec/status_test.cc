// SPDX-License-Identifier: Apache-2.0
#include "daemon/codec/status.h"

#include <gtest/gtest.h>

#include "daemon/base/error.h"

namespace trimtab::codec {
namespace {

TEST(StatusCodecTest, EveryCanonicalCodeIsTheSameOnBothSides) {
  for (int number = 1; number <= 16; ++number) {
    const auto code = static_cast<absl::StatusCode>(number);
    const grpc::Status there = ToGrpc(absl::Status(code, "the disk is full"));
    EXPECT_EQ(static_cast<int>(there.error_code()), number);
    EXPECT_EQ(there.error_message(), "the disk is full");
    const absl::Status back = FromGrpc("ApplyConfig", there);
    EXPECT_EQ(back.code(), code);
    EXPECT_EQ(Message(back), "ApplyConfig: the disk is full");
  }
}

TEST(StatusCodecTest, OkIsOk) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc("GetConfig", grpc::Status::OK).ok());
}

TEST(StatusCodecTest, TheNamesOfTheTwoCodesAgree) {
  EXPECT_EQ(ToGrpc(absl::AbortedError("")).error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(ToGrpc(absl::UnauthenticatedError("")).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ToGrpc(absl::FailedPreconditionError("")).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST(StatusCodecTest, ACodeThatDoesntExistIsUnknown) {
  for (const int number : {17, 31, -1}) {
    const absl::Status status =
        FromGrpc("GetConfig", grpc::Status(static_cast<grpc::StatusCode>(number), "odd"));
    EXPECT_EQ(status.code(), absl::StatusCode::kUnknown) << number;
    EXPECT_EQ(Message(status), "GetConfig: odd");
  }
}

TEST(StatusCodecTest, AMessageThatIsNoTextBecomesOne) {
  const absl::Status status =
      FromGrpc("GetConfig", grpc::Status(grpc::StatusCode::INTERNAL, "bad \xff byte"));
  EXPECT_EQ(Message(status), "GetConfig: bad ? byte");
}

}  // namespace
}  // namespace trimtab::codec
