// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/retrier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/unit/runtime/network/hasty_clock.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class RetrierTest : public ::testing::Test {
 protected:
  RetrierOptions Options() {
    return {.retries = 3, .timeout = 100ms, .backoff = {.jitter = 0}, .clock = &clock_};
  }
  MonotonicTime In(Duration time) { return clock_.Now() + time; }

  HastyClock clock_;
  // When each attempt began and how long it had.
  std::vector<Duration> began_;
  std::vector<Duration> had_;
  Retrier::Attempt Fails(absl::StatusCode code, int times) {
    return [this, code, times,
            start = clock_.Now()](MonotonicTime deadline) -> absl::StatusOr<std::string> {
      began_.push_back(clock_.Now() - start);
      had_.push_back(deadline - clock_.Now());
      if (static_cast<int>(began_.size()) <= times) return absl::Status(code, "no luck");
      return std::string("fine");
    };
  }
};

TEST_F(RetrierTest, TriesAgainUntilItWorks) {
  const auto retrier = Retrier::Create(Options()).value();
  EXPECT_EQ(*retrier->Call(In(10s), Fails(absl::StatusCode::kUnavailable, 3)), "fine");
  EXPECT_EQ(began_, (std::vector<Duration>{0ms, 10ms, 30ms, 70ms}));
  EXPECT_EQ(retrier->stats().attempts, 4);
  EXPECT_EQ(retrier->stats().failed, 0);
}

TEST_F(RetrierTest, GivesUpAfterTheLastRetryAndSaysSo) {
  const auto retrier = Retrier::Create(Options()).value();
  const auto result = retrier->Call(In(10s), Fails(absl::StatusCode::kUnavailable, 4));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("after 4 attempts: no luck"));
  EXPECT_EQ(retrier->stats().failed, 1);
}

TEST_F(RetrierTest, TriesNothingAgainThatWouldFailAgain) {
  const auto retrier = Retrier::Create(Options()).value();
  const auto result = retrier->Call(In(10s), Fails(absl::StatusCode::kInvalidArgument, 1));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(began_.size(), 1U);
}

TEST_F(RetrierTest, AnAttemptHasItsTimeoutButNeverMoreThanIsLeft) {
  const auto retrier = Retrier::Create(Options()).value();
  EXPECT_TRUE(retrier->Call(In(115ms), Fails(absl::StatusCode::kUnavailable, 2)).ok());
  EXPECT_EQ(had_, (std::vector<Duration>{100ms, 100ms, 85ms}));
}

TEST_F(RetrierTest, BeginsNoAttemptThatHasNoTime) {
  const auto retrier = Retrier::Create(Options()).value();
  EXPECT_FALSE(retrier->Call(In(20ms), Fails(absl::StatusCode::kUnavailable, 9)).ok());
  EXPECT_EQ(began_.size(), 2U);
  const auto late = retrier->Call(clock_.Now(), Fails(absl::StatusCode::kUnavailable, 9));
  EXPECT_EQ(late.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(began_.size(), 2U);
}

TEST_F(RetrierTest, TheBudgetBoundsRetriesToAShareOfRequests) {
  RetrierOptions options = Options();
  options.budget_ratio = 0.1;
  options.budget_burst = 5;
  const auto retrier = Retrier::Create(options).value();
  absl::Status last;
  for (int i = 0; i < 1000; ++i) {
    last = retrier->Call(In(10s), Fails(absl::StatusCode::kUnavailable, 1 << 30)).status();
  }
  EXPECT_THAT(std::string(last.message()), HasSubstr("no retries left in the budget"));
  EXPECT_GE(retrier->stats().attempts, 1000 + 90);
  EXPECT_LE(retrier->stats().attempts, 1000 + 105);
}

TEST_F(RetrierTest, ChangesFromTheNextAttemptOn) {
  const auto retrier = Retrier::Create(Options()).value();
  int attempts = 0;
  const auto result = retrier->Call(In(10s), [&](MonotonicTime) -> absl::StatusOr<std::string> {
    if (++attempts == 2) {
      EXPECT_TRUE(retrier->SetRetries(1).ok());
    }
    return absl::UnavailableError("down");
  });
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(attempts, 2);
  ASSERT_TRUE(retrier->SetTimeout(7ms).ok());
  EXPECT_TRUE(retrier->Call(In(10s), Fails(absl::StatusCode::kUnavailable, 0)).ok());
  EXPECT_EQ(had_, std::vector<Duration>{7ms});
}

TEST_F(RetrierTest, RefusesWhatIsOutOfRange) {
  const auto retrier = Retrier::Create(Options()).value();
  EXPECT_EQ(retrier->SetRetries(-1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(retrier->SetRetries(101).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(retrier->SetTimeout(0ms).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(retrier->stats().retries_allowed, 3);
  EXPECT_EQ(Retrier::Create({.retries = -1}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Validate(RetrierOptions{.backoff = {.first = 0ms}}).ok());
  EXPECT_FALSE(Validate(RetrierOptions{.backoff = {.longest = Duration::max()}}).ok());
  EXPECT_FALSE(Validate(RetrierOptions{.backoff = {.jitter = 1.5}}).ok());
  EXPECT_FALSE(Validate(RetrierOptions{.budget_ratio = -0.1}).ok());
  EXPECT_TRUE(Validate(RetrierOptions()).ok());
}

TEST_F(RetrierTest, AnAttemptThatThrowsIsAnError) {
  const auto retrier = Retrier::Create(Options()).value();
  const auto result = retrier->Call(In(1s), [](MonotonicTime) -> absl::StatusOr<std::string> {
    throw std::runtime_error("bad day");
  });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnknown);
  // Whatever is thrown: else the retrier would wait for this call for ever.
  const auto odd =
      retrier->Call(In(1s), [](MonotonicTime) -> absl::StatusOr<std::string> { throw 7; });
  EXPECT_EQ(odd.status().code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(Export(retrier->stats()).size(), 7U);
}

TEST(BackoffTest, JitterStaysWithinItsShareAndFollowsTheSeed) {
  const Backoff backoff{.first = 10ms, .multiplier = 2, .longest = 100ms, .jitter = 0.5};
  Random random(3);
  Random same(3);
  for (int retry = 1; retry < 40; ++retry) {
    const Duration whole = std::min<Duration>(100ms, 10ms * (1LL << std::min(retry - 1, 20)));
    const Duration delay = DelayBefore(retry, backoff, random);
    EXPECT_LE(delay, whole);
    EXPECT_GE(delay, whole / 2);
    EXPECT_EQ(delay, DelayBefore(retry, backoff, same));
  }
}

TEST(RetrierEndTest, EndsTheWaitsOfThoseUnderWay) {
  ManualClock clock;
  auto retrier = Retrier::Create({.backoff = {.jitter = 0}, .clock = &clock}).value();
  Retrier& still = *retrier;
  std::promise<void> began;
  auto call = std::async(std::launch::async, [&] {
    return still.Call(clock.Now() + 1h, [&](MonotonicTime) -> absl::StatusOr<std::string> {
      began.set_value();
      return absl::UnavailableError("down");
    });
  });
  began.get_future().wait();
  retrier.reset();
  EXPECT_EQ(call.get().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace trimtab::runtime
