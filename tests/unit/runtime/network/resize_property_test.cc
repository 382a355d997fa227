// SPDX-License-Identifier: Apache-2.0
// Any sequence of lending, giving back, discarding and resizing, by one thread.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <thread>

#include "client/runtime/network/connection_pool.h"
#include "tests/support/manual_clock.h"
#include "tests/unit/runtime/network/fake_connections.h"

namespace trimtab::runtime {
namespace {

using namespace std::chrono_literals;

TEST(ConnectionPoolPropertyTest, LendsEachOnceAndNeverCutsOneInUse) {
  EXPECT_TRUE(rc::check([] {
    ManualClock clock;
    Tally tally;
    std::int64_t size = *rc::gen::inRange<std::int64_t>(1, 6);
    {
      const auto pool =
          ConnectionPool<FakePoolable>::Create(
              {.size = size, .idle_limit = 5s, .lifetime_limit = 20s, .clock = &clock},
              [&](MonotonicTime) { return std::make_unique<FakePoolable>(tally); })
              .value();
      std::vector<Lease<FakePoolable>> held;
      const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
          rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::inRange(0, 100)));
      for (const auto& [step, number] : steps) {
        if (step <= 1) {
          // There is room, so it must be served, whatever the time.
          const auto before = static_cast<std::int64_t>(held.size());
          if (before >= size) {
            RC_ASSERT(absl::IsDeadlineExceeded(pool->Take(clock.Now()).status()));
            continue;
          }
          auto lease = pool->Take(clock.Now() + 1h);
          RC_ASSERT(lease.ok());
          RC_ASSERT(++(*lease)->users == 1);
          held.push_back(*std::move(lease));
        } else if (step == 2 && !held.empty()) {
          const auto which = held.begin() + number % static_cast<int>(held.size());
          --(*which)->users;
          if (number % 3 == 0) which->Discard();
          held.erase(which);
        } else if (step == 3) {
          size = 1 + number % 6;
          RC_ASSERT(pool->Resize(size).ok());
        } else {
          clock.Advance(std::chrono::seconds(number % 8));
        }
        // All that are lent are still there, used by us alone.
        for (const auto& lease : held) RC_ASSERT(lease->users == 1);
        const ConnectionPoolStats stats = pool->stats();
        RC_ASSERT(stats.idle + static_cast<std::int64_t>(held.size()) <=
                  std::max(size, static_cast<std::int64_t>(held.size())));
      }
      for (auto& lease : held) --lease->users;
    }
    RC_ASSERT(tally.open == 0);
  }));
}

}  // namespace
}  // namespace trimtab::runtime
