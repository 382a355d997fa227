// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/async_caller.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/manual_clock.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

using Answer = absl::StatusOr<std::string>;

Answer Echo(const std::string& request, MonotonicTime) { return request; }

MonotonicTime Far() { return MonotonicTime::max(); }

TEST(AsyncCallerTest, RefusesWhatIsOutOfRange) {
  EXPECT_FALSE(AsyncCaller::Create({.threads = 0}, Echo).ok());
  EXPECT_FALSE(AsyncCaller::Create({.threads = 1025}, Echo).ok());
  EXPECT_FALSE(AsyncCaller::Create({.queue_limit = 0}, Echo).ok());
  const auto caller = AsyncCaller::Create({.threads = 2}, Echo).value();
  EXPECT_EQ(caller->Resize(0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(caller->SetQueueLimit(0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(caller->stats().threads, 2);
}

TEST(AsyncCallerTest, MakesEveryCallThatItTookAndRefusesTheRest) {
  Gate gate;
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  std::atomic<int> failed{0};
  {
    const auto caller =
        AsyncCaller::Create({.threads = 2, .queue_limit = 5}, [&](const std::string& request,
                                                                  MonotonicTime) {
          gate.Pass();
          if (request == "bad") throw std::runtime_error("bad");
          return Answer(request);
        }).value();
    const auto send = [&](const std::string& request) {
      caller->Send(request, Far(), [&, request](const Answer& answer) {
        if (absl::IsResourceExhausted(answer.status())) {
          ++refused;
        } else if (absl::IsUnknown(answer.status())) {
          ++failed;
        } else {
          EXPECT_EQ(*answer, request);
          ++answered;
        }
      });
    };
    send("bad");
    send("1");
    while (caller->stats().queued > 0) std::this_thread::yield();
    for (int i = 2; i < 10; ++i) send(std::to_string(i));
    EXPECT_EQ(refused, 3);
    EXPECT_EQ(caller->stats().taken, 7);
    EXPECT_EQ(caller->stats().refused, 3);
    gate.Open();
  }
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(answered, 6);
}

TEST(AsyncCallerTest, MoreThreadsMakeMoreCallsAtOnceThoughNoneHasEnded) {
  Gate gate;
  std::atomic<int> under_way{0};
  const auto caller =
      AsyncCaller::Create({.threads = 1}, [&](const std::string& request, MonotonicTime) {
        ++under_way;
        gate.Pass();
        return Answer(request);
      }).value();
  std::atomic<int> answered{0};
  for (int i = 0; i < 6; ++i) {
    caller->Send("x", Far(), [&](const Answer& answer) { answered += answer.ok() ? 1 : 0; });
  }
  while (under_way < 1) std::this_thread::yield();
  ASSERT_TRUE(caller->Resize(6).ok());
  while (under_way < 6) std::this_thread::yield();
  // Those that are too many end after their call.
  ASSERT_TRUE(caller->Resize(2).ok());
  gate.Open();
  while (answered < 6) std::this_thread::yield();
  EXPECT_EQ(caller->stats().answered, 6);
  EXPECT_EQ(caller->stats().threads, 2);
}

TEST(AsyncCallerTest, ACallWithoutTimeLeftIsNotMade) {
  ManualClock clock;
  Gate gate;
  std::atomic<int> made{0};
  std::atomic<int> expired{0};
  {
    const auto caller =
        AsyncCaller::Create({.threads = 1, .clock = &clock}, [&](const std::string& request,
                                                                 MonotonicTime) {
          ++made;
          gate.Pass();
          return Answer(request);
        }).value();
    for (int i = 0; i < 3; ++i) {
      caller->Send("x", i == 0 ? Far() : clock.Now() + std::chrono::seconds(i),
                   [&](const Answer& answer) {
                     expired += absl::IsDeadlineExceeded(answer.status()) ? 1 : 0;
                   });
    }
    while (made < 1) std::this_thread::yield();
    clock.Advance(std::chrono::milliseconds(1500));
    gate.Open();
  }
  EXPECT_EQ(made, 2);
  EXPECT_EQ(expired, 1);
}

}  // namespace
}  // namespace trimtab::runtime
