// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "client/host/availability.h"
#include "client/host/process_stats.h"
#include "client/host/window.h"

namespace trimtab::host {
namespace {

using std::chrono::seconds;

TEST(ProcessStatsTest, TheKernelTellsOfThisProcess) {
  const ProcessStats before = ReadProcessStats();
  // Work and memory that the next reading must show.
  std::vector<std::uint64_t> touched(4'000'000);
  std::iota(touched.begin(), touched.end(), std::uint64_t{1});
  const std::uint64_t sum = std::accumulate(touched.begin(), touched.end(), std::uint64_t{0});
  const ProcessStats after = ReadProcessStats();
  EXPECT_EQ(sum, 8'000'002'000'000u);
  ASSERT_TRUE(before.cpu && after.cpu);
  EXPECT_GT(*after.cpu, *before.cpu);
  ASSERT_TRUE(before.memory_bytes && after.memory_bytes);
  EXPECT_GT(*after.memory_bytes, *before.memory_bytes + 16'000'000);
  EXPECT_TRUE(after.network_bytes);
}

TEST(ProcessStatsTest, ReadsWhatTheKernelWrites) {
  EXPECT_EQ(ParseResidentBytes("1000 250 30 1 0 90 0\n", 4096), 250u * 4096);
  EXPECT_EQ(ParseNetworkBytes("Inter-|   Receive  |  Transmit\n"
                              " face |bytes packets |bytes packets\n"
                              "    lo: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n"
                              "  eth0:3000 1 0 0 0 0 0 0 40000 1 0 0 0 0 0 0\n"),
            43300u);
}

TEST(ProcessStatsTest, WhatIsNoNumberIsNotKnown) {
  EXPECT_FALSE(ParseResidentBytes("", 4096));
  EXPECT_FALSE(ParseResidentBytes("1000 none", 4096));
  EXPECT_FALSE(ParseNetworkBytes(""));
  EXPECT_FALSE(ParseNetworkBytes("  eth0: 3000 1 0\n"));
}

TEST(WindowUseTest, ACounterThatWentBackIsNotKnown) {
  Window window;
  SetUse({.cpu = seconds(5), .memory_bytes = 7, .network_bytes = 900},
         {.cpu = seconds(6), .memory_bytes = 8, .network_bytes = 100}, &window);
  EXPECT_EQ(window.cpu, seconds(1));
  EXPECT_EQ(window.memory_bytes, 8u);
  EXPECT_FALSE(window.network_bytes);
}

TEST(WindowUseTest, TwoWindowsAreOneLongOne) {
  Window first{.sequence = 1, .length = seconds(1), .available = seconds(1), .cpu = seconds(1)};
  const Window second{.sequence = 2,
                      .length = seconds(2),
                      .available = seconds(1),
                      .cpu = std::nullopt,
                      .memory_bytes = 9,
                      .uptime = seconds(70)};
  Append(second, &first);
  EXPECT_EQ(first.sequence, 2);
  EXPECT_EQ(first.length, seconds(3));
  EXPECT_EQ(first.available, seconds(2));
  EXPECT_FALSE(first.cpu);
  EXPECT_EQ(first.memory_bytes, 9u);
  EXPECT_EQ(first.uptime, seconds(70));
}

TEST(AvailabilityTest, AddsUpTheTimeItWasAble) {
  const MonotonicTime start(seconds(100));
  Availability availability(start);
  availability.Set(false, start + seconds(3));
  availability.Set(true, start + seconds(5));
  EXPECT_EQ(availability.Take(start + seconds(6)), seconds(4));
  EXPECT_EQ(availability.Take(start + seconds(8)), seconds(2));
}

}  // namespace
}  // namespace trimtab::host
