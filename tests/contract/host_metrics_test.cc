// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "tests/contract/host_service_fixture.h"

namespace trimtab {
namespace {

using grpc::StatusCode;
using std::chrono::seconds;

using HostMetricsTest = HostServiceTest;

TEST_P(HostMetricsTest, AWindowHoldsWhatEndedInIt) {
  const std::int64_t generation = State().generation();
  const auto first = host->Begin();
  const auto second = host->Begin();
  host->Advance(std::chrono::milliseconds(20));
  first();
  host->Advance(std::chrono::milliseconds(980));
  const v1::MetricsSnapshot window = Windows(generation)[0];
  EXPECT_EQ(window.sequence(), 1);
  EXPECT_EQ(window.boot_id(), State().boot_id());
  EXPECT_FALSE(window.superseded());
  EXPECT_EQ(window.window_length().seconds(), 1);
  EXPECT_EQ(window.request_count(), 1);
  EXPECT_EQ(window.payload_bytes(), 100);
  ASSERT_EQ(window.latency().bucket_counts_size(), 1);
  EXPECT_EQ(window.latency().bucket_counts(0), 1u);
  EXPECT_EQ(window.latency().min_nanos(), 20'000'000u);
  EXPECT_EQ(window.latency().sum_nanos(), 20'000'000u);
  EXPECT_NEAR(window.metrics().latency_p99_ms(), 20, 0.4);
  EXPECT_DOUBLE_EQ(window.metrics().throughput_ops_per_second(), 1);
  EXPECT_DOUBLE_EQ(window.metrics().availability_percent(), 100);
  second();
}

TEST_P(HostMetricsTest, ARequestCountsUnderTheGenerationInWhichItBegan) {
  const std::int64_t before = State().generation();
  const auto end = host->Begin();
  host->Advance(std::chrono::milliseconds(10));
  ASSERT_EQ(Apply(Wish(16, seconds(100))), StatusCode::OK);
  const std::int64_t after = answer.state().generation();
  end();
  host->Begin()();
  host->Advance(seconds(1));
  int old_requests = 0;
  for (const v1::MetricsSnapshot& window : Windows(after)) {
    if (window.generation() == after) {
      EXPECT_EQ(window.request_count(), 1);
      EXPECT_FALSE(window.superseded());
    } else {
      ASSERT_EQ(window.generation(), before);
      old_requests += static_cast<int>(window.request_count());
      EXPECT_EQ(window.superseded(), window.request_count() > 0);
    }
  }
  EXPECT_EQ(old_requests, 1);
}

TEST_P(HostMetricsTest, TheStreamBringsEachWindowInOrder) {
  const std::int64_t generation = State().generation();
  host->Advance(seconds(1));
  Windows(generation);
  grpc::ClientContext context;
  v1::StreamMetricsRequest request;
  request.set_after_sequence(1);
  const auto reader = stub->StreamMetrics(&context, request);
  v1::StreamMetricsResponse response;
  for (std::int64_t sequence = 2; sequence < 5; ++sequence) {
    host->Advance(seconds(1));
    ASSERT_TRUE(reader->Read(&response));
    EXPECT_EQ(response.snapshot().sequence(), sequence);
  }
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::CANCELLED);
}

// A reader that was connected to the process before this one.
TEST_P(HostMetricsTest, ASequenceThatThisBootHasNotReachedCountsAsNone) {
  constexpr std::int64_t kOfThePastBoot = 3600;
  const std::int64_t generation = State().generation();
  host->Advance(seconds(1));
  EXPECT_EQ(Windows(generation, kOfThePastBoot)[0].sequence(), 1);
  grpc::ClientContext context;
  v1::StreamMetricsRequest request;
  request.set_after_sequence(kOfThePastBoot);
  const auto reader = stub->StreamMetrics(&context, request);
  v1::StreamMetricsResponse response;
  auto read = std::async(std::launch::async, [&] { return reader->Read(&response); });
  // Windows close until the stream is open and brings one.
  while (read.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
    host->Advance(seconds(1));
  }
  EXPECT_TRUE(read.get());
  EXPECT_GT(response.snapshot().sequence(), 1);
  context.TryCancel();
  reader->Finish();
}

INSTANTIATE_TEST_SUITE_P(Implementations, HostMetricsTest, HostImplementations(),
                         ImplementationName);

}  // namespace
}  // namespace trimtab
