// SPDX-License-Identifier: Apache-2.0
// The demo's load: requests at moments drawn beforehand (a Poisson stream),
// whether or not the host keeps up, keys by Zipf's law, every request timed
// from the moment it was meant to be sent.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>
#include <vector>

#include "client/demo/wire.h"
#include "client/demo/workload.h"
#include "client/runtime/benchmark/histogram.h"
#include "daemon/base/mutex.h"
#include "daemon/base/random.h"
#include "daemon/base/thread.h"

namespace trimtab::demo {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Options {
  std::string target;
  double rate = 400;
  std::uint64_t seed = 1;
  double duration_s = 0;
  double write_percent = 33;
};

constexpr int kConnections = 96;

// The stream of intended moments, shared by all connections.
class Schedule {
 public:
  Schedule(const Options& options)
      : rate_(options.rate), random_(options.seed), next_(SteadyClock::now()) {}
  SteadyClock::time_point Next() {
    const MutexLock lock(mutex_);
    const double gap = -std::log(1 - random_.Uniform()) / rate_;
    next_ += std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(gap));
    return next_;
  }

 private:
  const double rate_;
  Mutex mutex_;
  Random random_ TRIMTAB_GUARDED_BY(mutex_);
  SteadyClock::time_point next_ TRIMTAB_GUARDED_BY(mutex_);
};

// Of one connection.
struct Totals {
  std::int64_t ok = 0;
  std::int64_t failed = 0;
  benchmark::Histogram latencies;
};

// One request; false when the connection is gone.
bool Send(int connection, const Workload::Request& request, SteadyClock::time_point intended,
          Result* result) {
  RequestHead head;
  head.op = request.op;
  head.count =
      request.op == Op::kPut ? request.items : static_cast<std::uint32_t>(request.keys.size());
  head.age_ns = static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::nanoseconds(SteadyClock::now() - intended).count()));
  ResponseHead answer;
  if (!WriteAll(connection, &head, sizeof(head)) ||
      !WriteAll(connection, request.keys.data(), request.keys.size() * sizeof(std::uint32_t)) ||
      !ReadAll(connection, &answer, sizeof(answer))) {
    return false;
  }
  std::string values(answer.bytes, '\0');
  *result = answer.result;
  return ReadAll(connection, values.data(), values.size());
}

void RunConnection(const Options& options, int number, const Workload& workload, Schedule& schedule,
                   Totals& totals, const std::stop_token& stop) {
  Random random(options.seed * 1000 + static_cast<std::uint64_t>(number));
  int connection = -1;
  while (!stop.stop_requested()) {
    const SteadyClock::time_point intended = schedule.Next();
    std::this_thread::sleep_until(intended);
    if (connection < 0) connection = Connect(options.target).value_or(-1);
    const Workload::Request request = workload.Draw(random);
    Result result = Result::kError;
    if (connection >= 0 && !Send(connection, request, intended, &result)) {
      close(connection);
      connection = -1;
      result = Result::kError;
    }
    ++(result == Result::kOk ? totals.ok : totals.failed);
    totals.latencies.Record(static_cast<std::uint64_t>(
        std::chrono::nanoseconds(SteadyClock::now() - intended).count()));
  }
  if (connection >= 0) close(connection);
}

int Run(const Options& options) {
  const Workload workload(options.write_percent);
  Schedule schedule(options);
  std::vector<Totals> all(kConnections);
  {
    std::vector<OwnedThread> threads;
    for (int i = 0; i < kConnections; ++i) {
      Totals& totals = all[static_cast<std::size_t>(i)];
      threads.emplace_back("load", [&, i](const std::stop_token& stop) {
        RunConnection(options, i, workload, schedule, totals, stop);
      });
    }
    if (options.duration_s > 0) {
      std::this_thread::sleep_for(std::chrono::duration<double>(options.duration_s));
    } else {
      AwaitSignal();
    }
    for (OwnedThread& thread : threads) thread.RequestStop();
  }
  Totals total;
  for (const Totals& each : all) {
    total.ok += each.ok;
    total.failed += each.failed;
    total.latencies.Merge(each.latencies);
  }
  const auto quantile_ms = [&total](double q) {
    return total.latencies.QuantileNs(q).value_or(0) * 1e-6;
  };
  std::printf("requests %lld ok %lld failed %lld p50 %.2f ms p99 %.2f ms\n",
              static_cast<long long>(total.ok + total.failed), static_cast<long long>(total.ok),
              static_cast<long long>(total.failed), quantile_ms(0.5), quantile_ms(0.99));
  return 0;
}

}  // namespace
}  // namespace trimtab::demo

int main(int argc, char** argv) {
  trimtab::demo::Options options;
  CLI::App app("The demo's load generator: open loop, Poisson arrivals, Zipf keys.");
  app.add_option("--target", options.target, "data address of trimtab-demo-host")->required();
  app.add_option("--rate", options.rate, "requests a second")->check(CLI::Range(0.1, 100000.0));
  app.add_option("--seed", options.seed, "of arrivals and keys");
  app.add_option("--duration-s", options.duration_s, "how long; 0: until SIGTERM")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--write-percent", options.write_percent, "share of writes")
      ->check(CLI::Range(0.0, 100.0));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  trimtab::demo::BlockSignals();
  return trimtab::demo::Run(options);
}
