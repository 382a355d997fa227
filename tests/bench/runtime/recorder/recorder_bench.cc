// SPDX-License-Identifier: Apache-2.0
// What recording a request costs, the clock excluded, against prometheus-cpp's
// Histogram::Observe; the error of its quantiles; what reading p99 costs.
#include <fmt/format.h>
#include <prometheus/histogram.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "client/host/recorder.h"
#include "daemon/base/random.h"
#include "tests/bench/runtime/arms.h"

namespace trimtab::host {
namespace {

using SteadyClock = std::chrono::steady_clock;
using bench::Arm;

constexpr auto kRound = std::chrono::milliseconds(20);
// Records between two looks at the clock.
constexpr int kPerLook = 4096;
constexpr int kRounds = 41;
constexpr int kReads = 200;

double NanosSince(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::nano>(SteadyClock::now() - start).count();
}

// Latencies of a service with a median of 2 ms and a long tail.
class Latencies {
 public:
  Latencies() {
    Random random(7);
    for (std::uint64_t& nanos : nanos_) {
      const double normal = std::sqrt(-2 * std::log(1 - random.Uniform())) *
                            std::cos(2 * std::acos(-1.0) * random.Uniform());
      nanos = static_cast<std::uint64_t>(2e6 * std::exp(normal));
    }
  }
  std::uint64_t operator[](int i) const { return nanos_[static_cast<std::size_t>(i) % kCount]; }

 private:
  static constexpr std::size_t kCount = 4096;
  std::array<std::uint64_t, kCount> nanos_{};
};

// Nanoseconds for each of the records that all threads together did in a while.
double NanosPerRecord(int threads, const std::function<void(int count)>& record) {
  std::atomic<std::int64_t> records{0};
  const auto start = SteadyClock::now();
  bench::OnThreads(threads, [&](int) {
    std::int64_t mine = 0;
    for (; SteadyClock::now() - start < kRound; mine += kPerLook) record(kPerLook);
    records += mine;
  });
  return NanosSince(start) / static_cast<double>(records);
}

double OursPerRecord(const Latencies& latencies, int threads) {
  Recorder recorder(SystemClock(), 1);
  return NanosPerRecord(threads, [&](int count) {
    for (int i = 0; i < count; ++i) recorder.RecordLatency(1, latencies[i], Outcome::kOk, 512);
  });
}

double PeerPerRecord(const Latencies& latencies, int threads) {
  // The boundaries that Prometheus's clients start with.
  prometheus::Histogram histogram({.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10});
  return NanosPerRecord(threads, [&](int count) {
    for (int i = 0; i < count; ++i) histogram.Observe(static_cast<double>(latencies[i]) * 1e-9);
  });
}

// Microseconds to read p99 while two threads have been counting: what they
// counted is taken out, merged, and searched.
double MicrosPerRead(const Latencies& latencies) {
  Recorder recorder(SystemClock(), 1);
  double nanos = 0;
  double sum = 0;
  for (int read = 0; read < kReads; ++read) {
    bench::OnThreads(2, [&](int) {
      for (int i = 0; i < 5000; ++i) recorder.RecordLatency(1, latencies[i], Outcome::kOk, 512);
    });
    const auto start = SteadyClock::now();
    sum += recorder.Take(1).at(1).latency.QuantileNanos(0.99);
    nanos += NanosSince(start);
  }
  return sum > 0 ? nanos / kReads / 1000 : 0;
}

// The worst error in percent over many distributions and quantiles.
double WorstQuantileError() {
  double worst = 0;
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    const double scale = std::exp(random.Uniform() * 25);
    std::vector<std::uint64_t> all;
    Histogram histogram;
    for (int i = 0; i < 2000; ++i) {
      all.push_back(static_cast<std::uint64_t>(scale * -std::log(1 - random.Uniform())));
      histogram.Record(all.back());
    }
    std::sort(all.begin(), all.end());
    for (const double q : {0.5, 0.9, 0.95, 0.99, 0.999}) {
      const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(all.size())));
      const auto exact = static_cast<double>(all[rank - 1]);
      if (exact == 0) continue;
      worst = std::max(worst, 100 * std::abs(histogram.QuantileNanos(q) - exact) / exact);
    }
  }
  return worst;
}

void Run() {
  const Latencies latencies;
  std::vector<Arm> arms{
      {"record, 1 thread, ns", [&] { return OursPerRecord(latencies, 1); }},
      {"Histogram::Observe, 1 thread, ns", [&] { return PeerPerRecord(latencies, 1); }},
      {"record, 2 threads together, ns", [&] { return OursPerRecord(latencies, 2); }},
      {"Histogram::Observe, 2 threads together, ns", [&] { return PeerPerRecord(latencies, 2); }},
      {"p99 read after 2 threads, us", [&] { return MicrosPerRead(latencies); }},
  };
  bench::RunInterleaved(arms, kRounds);
  fmt::print("| measured | median |\n|---|---|\n");
  for (const Arm& arm : arms) fmt::print("| {} | {:.2f} |\n", arm.name, arm.Median());
  fmt::print("| record / Observe, 1 thread | {:.3f} |\n", arms[0].Median() / arms[1].Median());
  fmt::print("| record / Observe, 2 threads | {:.3f} |\n", arms[2].Median() / arms[3].Median());
  fmt::print("| worst error of a quantile, percent | {:.2f} |\n", WorstQuantileError());
}

}  // namespace
}  // namespace trimtab::host

int main() {
  trimtab::host::Run();
  return 0;
}
