// SPDX-License-Identifier: Apache-2.0
// Compressor, retrier and asynchronous caller under any sequence of requests and
// changes of their settings, and under changes as fast as they can be.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "client/runtime/network/async_caller.h"
#include "client/runtime/network/compressor.h"
#include "client/runtime/network/retrier.h"
#include "tests/support/threads.h"
#include "tests/unit/runtime/network/hasty_clock.h"
#include "tests/unit/runtime/network/under_change.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 4;

// Something of this length that compresses.
std::string Text(int number, int length) {
  std::string text;
  while (static_cast<int>(text.size()) < length) text += "order " + std::to_string(number) + ", ";
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::shared_ptr<const CompressionDictionary> Dictionary() {
  return CompressionDictionary::Make(Text(7, 2000)).value();
}

RC_GTEST_PROP(CompressorProperty, WhatWasPackedIsUnpackedWhateverIsSetMeanwhile, ()) {
  CompressorOptions options;
  if (*rc::gen::arbitrary<bool>()) options.dictionary = Dictionary();
  const auto compressor = Compressor::Create(options).value();
  std::deque<std::pair<std::string, std::string>> packed;
  const auto unpack = [&] {
    const auto unpacked = compressor->Unpack(packed.front().second);
    RC_ASSERT(unpacked.ok());
    RC_ASSERT(unpacked->payload == packed.front().first);
    packed.pop_front();
  };
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::inRange(0, 3000)));
  for (const auto& [step, number] : steps) {
    if (step == 0) {
      RC_ASSERT(compressor->SetEncoding(static_cast<Encoding>(number % 3)).ok());
    } else if (step == 1) {
      const int level = number % 20 - 10;
      RC_ASSERT(compressor->SetLevel(level).ok() == (level >= kMinCompressionLevel));
    } else if (step == 2) {
      RC_ASSERT(compressor->SetThreshold(number - 5).ok() == (number >= 5));
    } else if (step == 3 && !packed.empty()) {
      unpack();
    } else {
      const std::uint32_t dictionary = options.dictionary ? options.dictionary->id() : 0;
      const PeerAbilities peer{number % 2 == 0, number % 3 == 0, number % 5 == 0 ? 0 : dictionary};
      const std::string payload = Text(step, number);
      packed.emplace_back(payload, compressor->Pack(payload, peer));
    }
  }
  while (!packed.empty()) unpack();
}

TEST(CompressorPropertyTest, AnyBytesAreUnpackedOrRefusedWithinTheLimit) {
  EXPECT_TRUE(rc::check([](const std::vector<char>& bytes) {
    const auto compressor = Compressor::Create({.max_unpacked_bytes = 1000}).value();
    const auto unpacked = compressor->Unpack(std::string(bytes.begin(), bytes.end()));
    if (unpacked.ok()) {
      RC_ASSERT(unpacked->payload.size() <= 1000U);
    }
  }));
}

TEST(CompressorStressTest, EveryPayloadIsWholeWhileTheSettingsChange) {
  const int requests = Requests(200'000);
  const auto dictionary = Dictionary();
  const auto compressor =
      Compressor::Create({.dictionary = dictionary, .max_kept_contexts = 2}).value();
  const PeerAbilities peer{true, true, dictionary->id()};
  WhileChanging(
      [&](Random& random) {
        EXPECT_TRUE(compressor->SetEncoding(static_cast<Encoding>(random.Next() % 3)).ok());
        EXPECT_TRUE(compressor->SetLevel(static_cast<std::int64_t>(random.Next() % 9) - 7).ok());
        EXPECT_TRUE(compressor->SetThreshold(static_cast<std::int64_t>(random.Next() % 700)).ok());
      },
      [&] {
        InParallel(kThreads, [&](int thread) {
          for (int i = thread; i < requests; i += kThreads) {
            const std::string payload = Text(i, 100 + i % 500);
            const auto unpacked = compressor->Unpack(compressor->Pack(payload, peer));
            ASSERT_TRUE(unpacked.ok()) << unpacked.status();
            ASSERT_EQ(unpacked->payload, payload);
          }
        });
      });
  const CompressorStats stats = compressor->stats();
  EXPECT_EQ(stats.packed, requests);
  EXPECT_EQ(stats.unpacked, requests);
  EXPECT_EQ(stats.refused, 0);
  EXPECT_LE(stats.kept_contexts, 2);
}

// Of an attempt: whether it fails, the retries and the timeout in ms that are set
// in the middle of it; what isn't allowed is refused.
using Scripted = std::tuple<bool, int, int>;

RC_GTEST_PROP(RetrierProperty, MakesTheAttemptsThatAreAllowedAtTheTime, ()) {
  HastyClock clock;
  const auto retrier =
      Retrier::Create({.retries = 2, .timeout = 100ms, .budget_burst = 1e9, .clock = &clock})
          .value();
  std::int64_t retries = 2;
  Duration timeout = 100ms;
  std::int64_t attempts_of_all = 0;
  const auto requests = *rc::gen::container<std::vector<std::vector<Scripted>>>(
      rc::gen::container<std::vector<Scripted>>(rc::gen::tuple(
          rc::gen::arbitrary<bool>(), rc::gen::inRange(-1, 6), rc::gen::inRange(-10, 300))));
  for (const std::vector<Scripted>& script : requests) {
    std::size_t attempts = 0;
    bool goes_on = true;
    bool works = false;
    // What is thrown in an attempt is its result.
    bool as_allowed = true;
    const auto result = retrier->Call(clock.Now() + 1h, [&](MonotonicTime until) {
      as_allowed = as_allowed && goes_on && until == clock.Now() + timeout;
      const auto [fails, to_retries, to_timeout] =
          attempts < script.size() ? script[attempts] : Scripted{false, -1, 0};
      ++attempts;
      as_allowed = as_allowed && retrier->SetRetries(to_retries).ok() == (to_retries >= 0) &&
                   retrier->SetTimeout(to_timeout * 1ms).ok() == (to_timeout > 0);
      if (to_retries >= 0) retries = to_retries;
      if (to_timeout > 0) timeout = to_timeout * 1ms;
      works = !fails;
      goes_on = fails && static_cast<std::int64_t>(attempts) <= retries;
      return fails ? absl::StatusOr<std::string>(absl::UnavailableError("no luck")) : "fine";
    });
    RC_ASSERT(as_allowed && !goes_on);
    RC_ASSERT(result.ok() == works);
    attempts_of_all += static_cast<std::int64_t>(attempts);
  }
  RC_ASSERT(retrier->stats().requests == static_cast<std::int64_t>(requests.size()));
  RC_ASSERT(retrier->stats().attempts == attempts_of_all);
}

TEST(RetrierStressTest, EveryRequestHasOneResultWhileTheLimitsChange) {
  const int requests = Requests();
  HastyClock clock;
  std::atomic<std::int64_t> attempts{0};
  const auto retrier =
      Retrier::Create({.budget_ratio = 1, .budget_burst = 1e9, .clock = &clock}).value();
  WhileChanging(
      [&](Random& random) {
        EXPECT_TRUE(retrier->SetRetries(static_cast<std::int64_t>(1 + random.Next() % 5)).ok());
        EXPECT_TRUE(retrier->SetTimeout((1 + random.Next() % 100) * 1ms).ok());
      },
      [&] {
        InParallel(kThreads, [&](int thread) {
          for (int i = thread; i < requests; i += kThreads) {
            int tried = 0;
            const auto result = retrier->Call(MonotonicTime::max(),
                                              [&](MonotonicTime) -> absl::StatusOr<std::string> {
                                                ++attempts;
                                                if (++tried == 1 + i % 2)
                                                  return std::string("fine");
                                                return absl::UnavailableError("no luck");
                                              });
            ASSERT_TRUE(result.ok()) << result.status();
          }
        });
      });
  EXPECT_EQ(retrier->stats().requests, requests);
  EXPECT_EQ(retrier->stats().attempts, attempts);
  EXPECT_EQ(retrier->stats().failed, 0);
}

RC_GTEST_PROP(AsyncCallerProperty, EveryCallIsMadeOnceOrRefused, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 6), rc::gen::inRange(-1, 40)));
  Ledger answered(static_cast<int>(40 * steps.size()) + 1);
  std::vector<std::atomic<int>> made(40 * steps.size() + 1);
  std::vector<bool> refused(made.size());
  int next = 0;
  {
    const auto caller =
        AsyncCaller::Create({.threads = 1, .queue_limit = 20}, [&](const std::string& request,
                                                                   MonotonicTime) {
          ++made[std::stoul(request)];
          return absl::StatusOr<std::string>(request);
        }).value();
    for (const auto& [step, number] : steps) {
      if (step == 0) {
        RC_ASSERT(caller->Resize(number % 8).ok() == (number % 8 >= 1));
      } else if (step == 1) {
        RC_ASSERT(caller->SetQueueLimit(number).ok() == (number >= 1));
      } else {
        for (int i = 0; i < number; ++i, ++next) {
          caller->Send(std::to_string(next), MonotonicTime::max(),
                       [&, which = static_cast<std::size_t>(next)](
                           const absl::StatusOr<std::string>& answer) {
                         answered.See(static_cast<int>(which));
                         // Told at once, on this thread.
                         if (!answer.ok()) refused[which] = true;
                       });
        }
      }
    }
  }
  for (int i = 0; i < next; ++i) {
    const auto which = static_cast<std::size_t>(i);
    RC_ASSERT(answered.Times(i) == 1);
    RC_ASSERT(made[which] == (refused[which] ? 0 : 1));
  }
}

}  // namespace
}  // namespace trimtab::runtime
