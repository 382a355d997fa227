// SPDX-License-Identifier: Apache-2.0
// Any sequence of requests, answers, broken connections and changes: every
// request has its one answer, and its own.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "client/runtime/network/batch_requester.h"
#include "client/runtime/network/request_pipeline.h"
#include "daemon/base/mutex.h"
#include "tests/support/manual_clock.h"
#include "tests/unit/runtime/network/fake_transport.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;

// What was told of each request, in the order in which it was told. Thread-safe.
class Answers {
 public:
  void Tell(int request, absl::StatusOr<std::string> answer) {
    const MutexLock lock(mutex_);
    told_.emplace_back(request, std::move(answer));
  }
  std::vector<std::pair<int, absl::StatusOr<std::string>>> told() const {
    const MutexLock lock(mutex_);
    return told_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::pair<int, absl::StatusOr<std::string>>> told_ TRIMTAB_GUARDED_BY(mutex_);
};

RC_GTEST_PROP(RequestPipelineProperty, EveryRequestHasItsOwnAnswerOnceAndInOrder, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 10), rc::gen::inRange(0, 40)));
  ManualClock clock;
  FakeTransport peer(clock);
  Answers answers;
  std::vector<int> taken;
  int next = 0;
  {
    const auto pipeline =
        RequestPipeline::Create(peer, {.depth = 3, .queue_limit = 20, .clock = &clock}).value();
    std::int64_t depth = 3;
    for (const auto& [step, number] : steps) {
      if (step <= 4) {
        const int request = next++;
        const absl::Status status =
            pipeline->Submit(std::to_string(request), clock.Now() + std::chrono::seconds(number),
                             [&answers, request](absl::StatusOr<std::string> answer) {
                               answers.Tell(request, std::move(answer));
                             });
        RC_ASSERT(status.ok() || absl::IsResourceExhausted(status));
        if (status.ok()) taken.push_back(request);
      } else if (step <= 6) {
        peer.Allow(number);
      } else if (step == 7) {
        peer.Cut();
      } else if (step == 8) {
        const bool allowed = number >= 1;
        RC_ASSERT(pipeline->SetDepth(number).ok() == allowed);
        if (allowed) depth = number;
        RC_ASSERT(pipeline->depth() == depth);
      } else if (number % 2 == 0) {
        peer.FailOpening(number % 4 == 0 ? absl::UnavailableError("shut") : absl::OkStatus());
      } else {
        clock.Advance(std::chrono::seconds(number % 5));
      }
    }
    // Its end waits for answers.
    peer.Allow(next);
  }
  const auto told = answers.told();
  RC_ASSERT(told.size() == taken.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    RC_ASSERT(told[i].first == taken[i]);
    if (told[i].second.ok()) RC_ASSERT(*told[i].second == "re " + std::to_string(taken[i]));
  }
  // None is carried out twice.
  const std::vector<std::string> received = peer.received();
  RC_ASSERT(std::set<std::string>(received.begin(), received.end()).size() == received.size());
}

// What a peer does with an item.
enum class Fate { kAnswer, kRefuse, kThrow, kLater, kNever };

// Does with each item what is drawn for it; counts what it has in hand.
class DrawnPeer {
 public:
  explicit DrawnPeer(std::vector<Fate> fates) : fates_(std::move(fates)) {}

  void Send(const std::string& item, BatchRequester::Done done) {
    switch (fates_.at(std::stoul(item))) {
      case Fate::kAnswer:
        return done("re " + item);
      case Fate::kRefuse:
        return done(absl::NotFoundError(item));
      case Fate::kThrow:
        throw std::runtime_error(item);
      case Fate::kLater:
        break;
      case Fate::kNever:
        return;
    }
    const MutexLock lock(mutex_);
    later_.emplace_back(item, std::move(done));
    most_ = std::max(most_, later_.size());
  }
  // One of those that are answered later.
  void AnswerOne() {
    std::pair<std::string, BatchRequester::Done> one;
    {
      const MutexLock lock(mutex_);
      if (later_.empty()) return;
      one = std::move(later_.back());
      later_.pop_back();
    }
    one.second("re " + one.first);
  }
  std::size_t most_at_once() const {
    const MutexLock lock(mutex_);
    return most_;
  }

 private:
  const std::vector<Fate> fates_;
  mutable Mutex mutex_;
  std::vector<std::pair<std::string, BatchRequester::Done>> later_ TRIMTAB_GUARDED_BY(mutex_);
  std::size_t most_ TRIMTAB_GUARDED_BY(mutex_) = 0;
};

// Runs items of these fates while the limits change and, if told so, time
// passes.
std::vector<absl::StatusOr<std::string>> RunAll(DrawnPeer& peer, std::size_t count,
                                                std::int64_t most_at_once, bool time_passes) {
  ManualClock clock;
  const auto requester =
      BatchRequester::Create(
          [&peer](const std::string& item, MonotonicTime, BatchRequester::Done done) {
            peer.Send(item, std::move(done));
          },
          {.batch_size = 4, .concurrency = most_at_once, .timeout = 1s, .clock = &clock})
          .value();
  std::vector<std::string> items;
  for (std::size_t i = 0; i < count; ++i) items.push_back(std::to_string(i));
  std::atomic<bool> running{true};
  std::thread other([&] {
    for (int i = 0; running; ++i) {
      peer.AnswerOne();
      EXPECT_TRUE(requester->SetBatchSize(1 + i % 7).ok());
      EXPECT_TRUE(requester->SetConcurrency(1 + i % most_at_once).ok());
      EXPECT_FALSE(requester->SetConcurrency(0).ok());
      EXPECT_FALSE(requester->SetTimeout(0s).ok());
      if (time_passes) {
        EXPECT_TRUE(requester->SetTimeout((1 + i % 5) * 100ms).ok());
        clock.Advance(10ms);
      }
      std::this_thread::yield();
    }
  });
  auto results = requester->Run(std::move(items));
  running = false;
  other.join();
  return results;
}

rc::Gen<std::vector<Fate>> Fates(const rc::Gen<Fate>& each) {
  return rc::gen::container<std::vector<Fate>>(each);
}

RC_GTEST_PROP(BatchRequesterProperty, EveryItemHasItsOwnResult, ()) {
  const auto fates = *Fates(
      rc::gen::element(Fate::kAnswer, Fate::kRefuse, Fate::kThrow, Fate::kLater, Fate::kNever));
  DrawnPeer peer(fates);
  const auto results = RunAll(peer, fates.size(), 8, /*time_passes=*/true);
  RC_ASSERT(results.size() == fates.size());
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const absl::StatusOr<std::string>& result = results[i];
    // Any may be one that its batch had no time left for.
    if (absl::IsDeadlineExceeded(result.status())) continue;
    RC_ASSERT(fates[i] != Fate::kNever);
    RC_ASSERT(result.ok() == (fates[i] == Fate::kAnswer || fates[i] == Fate::kLater));
    if (result.ok()) RC_ASSERT(*result == "re " + std::to_string(i));
    if (fates[i] == Fate::kRefuse) RC_ASSERT(absl::IsNotFound(result.status()));
    if (fates[i] == Fate::kThrow) RC_ASSERT(result.status().code() == absl::StatusCode::kUnknown);
  }
}

RC_GTEST_PROP(BatchRequesterProperty, WhenAllAnswerNoneIsLostAndTheLimitIsKept, ()) {
  const auto fates = *Fates(rc::gen::element(Fate::kAnswer, Fate::kLater));
  const std::int64_t most = *rc::gen::inRange<std::int64_t>(1, 6);
  DrawnPeer peer(fates);
  const auto results = RunAll(peer, fates.size(), most, /*time_passes=*/false);
  for (std::size_t i = 0; i < fates.size(); ++i) {
    RC_ASSERT(results[i].ok());
    RC_ASSERT(*results[i] == "re " + std::to_string(i));
  }
  RC_ASSERT(peer.most_at_once() <= static_cast<std::size_t>(most));
}

}  // namespace
}  // namespace trimtab::runtime
