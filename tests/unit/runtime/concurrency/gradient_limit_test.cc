// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/gradient_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <queue>
#include <vector>

namespace trimtab::runtime {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// What a request alone takes.
constexpr Duration kService = milliseconds(50);

// A server with so many places: a request alone takes `service`, more than fit
// share. So many clients want to be inside at once.
class Server {
 public:
  Server(GradientOptions options, double places, int clients)
      : limit(options, now), places_(places), clients_(clients) {}

  void RunFor(Duration time) {
    const MonotonicTime end = now + time;
    while (now < end) {
      while (in_flight_ < std::min<std::int64_t>(clients_, limit.limit())) {
        ++in_flight_;
        const double crowd = std::max(1.0, static_cast<double>(in_flight_) / places_);
        const auto latency = std::chrono::duration_cast<Duration>(service * crowd * illness);
        inside_.push({now + latency, now, in_flight_});
      }
      const Request next = inside_.top();
      inside_.pop();
      now = std::max(now, next.end);
      --in_flight_;
      limit.Add({.start = next.start,
                 .end = next.end,
                 .in_flight = next.in_flight,
                 .overloaded = overloaded});
    }
  }
  void SetClients(int clients) { clients_ = clients; }

  MonotonicTime now{std::chrono::hours(1)};
  Duration service = kService;
  double illness = 1;
  bool overloaded = false;
  GradientLimit limit;

 private:
  struct Request {
    MonotonicTime end;
    MonotonicTime start;
    std::int64_t in_flight;
    bool operator<(const Request& other) const { return end > other.end; }
  };
  const double places_;
  int clients_;
  std::int64_t in_flight_ = 0;
  std::priority_queue<Request> inside_;
};

TEST(GradientLimitTest, MeasuresTheBaselineWithAlmostNoCompanyFirst) {
  Server server({.initial_limit = 50}, 20, 100);
  EXPECT_TRUE(server.limit.probing());
  EXPECT_EQ(server.limit.limit(), 3);
  server.RunFor(seconds(1));
  EXPECT_FALSE(server.limit.probing());
  EXPECT_EQ(server.limit.baseline(), kService);
}

TEST(GradientLimitTest, UnderModestOverloadItComesToRestAndStays) {
  for (const int clients : {80, 100, 1000}) {
    Server server({.initial_limit = 10}, 40, clients);
    server.RunFor(seconds(20));
    std::int64_t most = 0;
    for (int i = 0; i < 200; ++i) {
      server.RunFor(milliseconds(500));
      most = std::max(most, server.limit.limit());
    }
    // At rest the latency is tolerance / (1 - 1/sqrt(limit)) over the baseline; a
    // tenth more for the swing after a probe.
    EXPECT_LE(most, 1.1 * 40 * 1.5 / (1 - 1 / 7.5)) << clients;
    EXPECT_GE(server.limit.limit(), 40) << clients;
    EXPECT_LE(server.limit.baseline(), kService) << clients;
  }
}

TEST(GradientLimitTest, ItIsNeverFarFromWhatIsInFlight) {
  // So few that the latency stays within the tolerance.
  Server server({.initial_limit = 10}, 40, 60);
  server.RunFor(seconds(100));
  EXPECT_GE(server.limit.limit(), 60);
  EXPECT_LE(server.limit.limit(), 2 * 60 + 1);
}

TEST(GradientLimitTest, ACrowdThatComesJustAfterARequestIsNoQuiet) {
  const MonotonicTime start{seconds(100)};
  GradientLimit limit({.probe_samples = 1, .probe_every = seconds(1)}, start);
  limit.Add({.start = start, .end = start + milliseconds(10)});
  ASSERT_EQ(limit.baseline(), milliseconds(10));
  // Bursts of ten, every one slow, the first of each with nobody before it.
  for (int burst = 0; burst < 9; ++burst) {
    const MonotonicTime now = start + milliseconds(20 + 100 * burst);
    for (int i = 1; i <= 10; ++i) {
      limit.Add({.start = now, .end = now + milliseconds(90), .in_flight = i});
    }
  }
  EXPECT_EQ(limit.baseline(), milliseconds(10));
}

TEST(GradientLimitTest, ComesDownFromFarTooMuch) {
  Server server({.initial_limit = 900}, 20, 1000);
  server.RunFor(seconds(60));
  EXPECT_LE(server.limit.limit(), 40);
  EXPECT_GE(server.limit.limit(), 20);
}

TEST(GradientLimitTest, IsNotRaisedWhileNobodyPresses) {
  Server server({.initial_limit = 30}, 100, 8);
  server.RunFor(seconds(120));
  EXPECT_EQ(server.limit.limit(), 30);
}

TEST(GradientLimitTest, RequestsOfBeforeTheProbeAreNoBaseline) {
  const MonotonicTime start{seconds(100)};
  GradientLimit limit({.probe_samples = 2, .probe_every = seconds(1)}, start);
  limit.Add({.start = start, .end = start + milliseconds(10)});
  limit.Add({.start = start, .end = start + milliseconds(10)});
  EXPECT_EQ(limit.baseline(), milliseconds(10));
  // The next probe begins with crowded requests still under way.
  const MonotonicTime probe = start + seconds(2);
  limit.Add({.start = probe - milliseconds(1), .end = probe, .in_flight = 50});
  ASSERT_TRUE(limit.probing());
  for (int i = 0; i < 10; ++i) {
    limit.Add({.start = probe - milliseconds(5), .end = probe + milliseconds(500)});
    limit.Add({.start = probe + milliseconds(5), .end = probe + seconds(1), .in_flight = 40});
  }
  EXPECT_TRUE(limit.probing());
  EXPECT_EQ(limit.baseline(), milliseconds(10));
  for (int i = 0; i < 2; ++i) {
    limit.Add({.start = probe + seconds(1), .end = probe + seconds(1) + milliseconds(11)});
  }
  EXPECT_FALSE(limit.probing());
  EXPECT_EQ(limit.baseline(), milliseconds(11));
}

TEST(GradientLimitTest, AnIllServerIsNotTakenForAHealthyOne) {
  Server server({.initial_limit = 30, .probe_every = seconds(60)}, 30, 200);
  server.RunFor(seconds(30));
  server.illness = 10;
  // Over one probe: the baseline rises by half at most, so the limit is down.
  server.RunFor(seconds(70));
  EXPECT_LE(server.limit.baseline(), kService * 3 / 2);
  EXPECT_LE(server.limit.limit(), 10);
  server.illness = 1;
  server.RunFor(seconds(60));
  EXPECT_GE(server.limit.limit(), 30);
}

TEST(GradientLimitTest, AServerThatIsSlowerForGoodIsLearnt) {
  Server server({.initial_limit = 30, .probe_every = seconds(10)}, 30, 200);
  server.RunFor(seconds(30));
  server.service = 3 * kService;
  server.RunFor(seconds(120));
  EXPECT_EQ(server.limit.baseline(), 3 * kService);
  EXPECT_GE(server.limit.limit(), 30);
}

TEST(GradientLimitTest, RefusalsLowerItWhateverTheLatency) {
  Server server({.initial_limit = 30}, 1000, 500);
  server.RunFor(seconds(1));
  const std::int64_t before = server.limit.limit();
  server.overloaded = true;
  server.RunFor(seconds(5));
  EXPECT_LT(server.limit.limit(), before);
}

TEST(GradientLimitTest, QuietTrafficNeedsNoProbe) {
  Server server({.initial_limit = 30, .probe_every = seconds(5)}, 30, 2);
  server.RunFor(seconds(2));
  for (int i = 0; i < 1000; ++i) {
    server.RunFor(milliseconds(50));
    ASSERT_FALSE(server.limit.probing());
  }
}

TEST(GradientLimitTest, InstancesDoNotProbeInStep) {
  std::vector<Duration> next;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    Server server({.initial_limit = 30, .seed = seed}, 30, 100);
    server.RunFor(seconds(5));
    const MonotonicTime start = server.now;
    while (!server.limit.probing()) server.RunFor(milliseconds(20));
    next.push_back(server.now - start);
  }
  std::sort(next.begin(), next.end());
  EXPECT_GT(next.back() - next.front(), milliseconds(500));
}

TEST(GradientLimitTest, NewBoundsHoldAtOnce) {
  Server server({.initial_limit = 30}, 30, 100);
  server.RunFor(seconds(5));
  GradientOptions options = server.limit.options();
  options.max_limit = 7;
  options.initial_limit = 7;
  server.limit.SetOptions(options);
  EXPECT_EQ(server.limit.limit(), 7);
  server.RunFor(seconds(5));
  EXPECT_EQ(server.limit.limit(), 7);
}

TEST(GradientLimitTest, ListsWhatIsWrongWithItsOptions) {
  EXPECT_TRUE(CheckGradientOptions({}).ok());
  const absl::Status status = CheckGradientOptions({.min_limit = 0,
                                                    .max_limit = 5,
                                                    .initial_limit = 6,
                                                    .tolerance = 0.5,
                                                    .window = Duration::zero(),
                                                    .window_samples = 0,
                                                    .smoothing = 0,
                                                    .probe_limit = 0,
                                                    .probe_samples = 0,
                                                    .probe_every = Duration::zero(),
                                                    .max_baseline_growth = 1});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  for (const char* name :
       {"min_limit", "initial_limit", "tolerance", "window", "window_samples", "smoothing",
        "probe_limit", "probe_samples", "probe_every", "max_baseline_growth"}) {
    EXPECT_NE(status.message().find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace trimtab::runtime
