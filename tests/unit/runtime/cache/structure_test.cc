// SPDX-License-Identifier: Apache-2.0
// The parts that every policy is built on.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <map>
#include <optional>
#include <set>

#include "client/runtime/cache/expiry_heap.h"
#include "client/runtime/cache/frequency_sketch.h"
#include "client/runtime/cache/ghost_list.h"
#include "client/runtime/cache/index.h"
#include "client/runtime/cache/load_threads.h"
#include "daemon/base/random.h"

namespace trimtab::runtime::cache {
namespace {

RC_GTEST_PROP(IndexTest, FindsWhatAMapFinds, ()) {
  IndexHint hint;
  Index index(&hint);
  std::map<Slot, std::uint64_t> model;
  const auto steps = *rc::gen::container<std::vector<std::pair<bool, std::uint8_t>>>(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::arbitrary<std::uint8_t>()));
  for (const auto& [add, number] : steps) {
    const Slot slot = number;
    // Few hashes: buckets overflow.
    const std::uint64_t hash = number % 5 * 0x100000001ULL;
    Index::Prefetch(hint, hash);
    if (add && !model.contains(slot)) {
      index.Add(hash, slot);
      model[slot] = hash;
    } else if (!add && model.contains(slot)) {
      index.Remove(hash, slot);
      model.erase(slot);
    }
    RC_ASSERT(index.size() == model.size());
    for (Slot wanted = 0; wanted < 256; ++wanted) {
      const Slot found =
          index.Find(wanted % 5 * 0x100000001ULL, [&](Slot other) { return other == wanted; });
      RC_ASSERT(found == (model.contains(wanted) ? wanted : kNoSlot));
    }
  }
}

RC_GTEST_PROP(ExpiryHeapTest, GivesTheFirstToExpire, ()) {
  ExpiryHeap heap;
  std::map<Slot, std::int64_t> model;
  const auto steps = *rc::gen::container<std::vector<std::pair<std::uint8_t, std::int16_t>>>(
      rc::gen::pair(rc::gen::arbitrary<std::uint8_t>(), rc::gen::arbitrary<std::int16_t>()));
  for (const auto& [number, at] : steps) {
    const Slot slot = number % 32;
    RC_ASSERT(heap.Holds(slot) == model.contains(slot));
    if (model.contains(slot)) {
      heap.Remove(slot);
      model.erase(slot);
    } else {
      heap.Add(slot, at);
      model[slot] = at;
    }
    RC_ASSERT(heap.size() == model.size());
    if (model.empty()) continue;
    const auto first = std::min_element(model.begin(), model.end(),
                                        [](auto& a, auto& b) { return a.second < b.second; });
    RC_ASSERT(heap.first_at() == first->second);
    RC_ASSERT(model.at(heap.first()) == first->second);
  }
  std::vector<Slot> slots;
  heap.Append(&slots);
  RC_ASSERT(slots.size() == model.size());
  RC_ASSERT(std::is_sorted(slots.begin(), slots.end(),
                           [&](Slot a, Slot b) { return model.at(a) < model.at(b); }));
}

RC_GTEST_PROP(GhostListTest, RemembersAsManyAsItSays, ()) {
  const auto capacity = *rc::gen::inRange<std::size_t>(0, 8);
  GhostList ghosts(capacity);
  // The last added first; none for what was taken.
  std::list<std::optional<std::uint32_t>> model;
  const auto steps = *rc::gen::container<std::vector<std::pair<bool, int>>>(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange(0, 12)));
  for (const auto& [add, number] : steps) {
    const auto hash = static_cast<std::uint32_t>(number);
    const auto found = std::find(model.begin(), model.end(), hash);
    if (add) {
      if (found != model.end()) *found = std::nullopt;
      ghosts.Add(hash);
      model.emplace_front(hash);
      if (model.size() > capacity) model.pop_back();
    } else {
      RC_ASSERT(ghosts.Take(hash) == (found != model.end()));
      if (found != model.end()) *found = std::nullopt;
    }
  }
}

TEST(GhostListTest, ForgetsFewEarlyAndNothingLate) {
  constexpr std::uint32_t kCapacity = 10'000;
  GhostList ghosts(kCapacity);
  Random random(2);
  std::vector<std::uint32_t> hashes(3 * kCapacity);
  for (std::uint32_t& hash : hashes) {
    hash = static_cast<std::uint32_t>(random.Next());
    ghosts.Add(hash);
  }
  std::uint32_t forgotten = 0;
  for (std::size_t i = hashes.size() - kCapacity; i < hashes.size(); ++i) {
    if (!ghosts.Take(hashes[i])) ++forgotten;
  }
  EXPECT_LT(forgotten, kCapacity / 20);
  for (std::size_t i = 0; i < hashes.size(); ++i) EXPECT_FALSE(ghosts.Take(hashes[i])) << i;
}

TEST(FrequencySketchTest, IsNeverTooLowAndSeldomTooHigh) {
  constexpr std::uint64_t kHashes = 1000;
  FrequencySketch sketch(kHashes);
  Random random(1);
  std::vector<std::uint32_t> hashes(kHashes);
  for (std::uint32_t& hash : hashes) hash = static_cast<std::uint32_t>(random.Next());
  for (std::uint64_t i = 0; i < kHashes; ++i) {
    for (std::uint64_t n = 0; n < i % 10; ++n) sketch.Add(hashes[i], 1);
  }
  int too_high = 0;
  for (std::uint64_t i = 0; i < kHashes; ++i) {
    ASSERT_GE(sketch.Estimate(hashes[i]), i % 10);
    if (sketch.Estimate(hashes[i]) > i % 10) ++too_high;
  }
  EXPECT_LT(too_high, 150);
}

TEST(FrequencySketchTest, ForgetsWhatWasFrequentOnce) {
  FrequencySketch sketch(64);
  Random random(1);
  const auto once = static_cast<std::uint32_t>(random.Next());
  sketch.Add(once, 20);
  EXPECT_EQ(sketch.Estimate(once), 15U);
  for (int i = 0; i < 10'000; ++i) sketch.Add(static_cast<std::uint32_t>(random.Next()), 1);
  EXPECT_LT(sketch.Estimate(once), 15U);
}

TEST(LoadThreadsTest, TheEndStopsTasksThatRunAndThatWait) {
  std::atomic<int> stopped{0};
  {
    LoadThreads threads(1, 2);
    for (int i = 0; i < 3; ++i) {
      const std::stop_source stop;
      EXPECT_TRUE(threads.Submit(
          [&stopped, token = stop.get_token()] {
            while (!token.stop_requested()) std::this_thread::yield();
            ++stopped;
          },
          stop));
    }
    EXPECT_FALSE(threads.Submit([] {}, std::stop_source()));
  }
  EXPECT_EQ(stopped, 3);
}

}  // namespace
}  // namespace trimtab::runtime::cache
