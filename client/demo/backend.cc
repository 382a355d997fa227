// SPDX-License-Identifier: Apache-2.0
// The demo's backend: a store that is slow in the ways that real ones are. A
// read takes a few milliseconds, more with every open connection, and stalls now
// and then; a commit and a look at the versions of cached entries have a fixed cost
// and one an item, and no read passes them.
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <numbers>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/demo/connection_server.h"
#include "client/demo/wire.h"
#include "daemon/base/random.h"

namespace trimtab::demo {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

struct Costs {
  // Median of a read, and what each open connection adds to it.
  double read_ms = 2;
  double read_ms_per_connection = 0.02;
  // A read of several keys costs so much more for each.
  double read_ms_per_key = 0.002;
  // Latencies are spread as exp(spread * normal).
  double spread = 0.5;
  // A read that meets a compaction, say, takes so much longer, evenly between the
  // two bounds.
  double stall_percent = 1;
  double stall_min_ms = 60;
  double stall_max_ms = 140;
  double error_percent = 2;
  double commit_ms = 3.5;
  double commit_ms_per_item = 0.004;
  double refresh_ms = 0.5;
  double refresh_ms_per_item = 0.012;
};

// A standard normal number. Box, Muller, Ann. Math. Statist. 29, 1958.
double Normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.Uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.Uniform());
}

class Backend {
 public:
  Backend(const Costs& costs, std::uint64_t seed) : costs_(costs), seed_(seed) {}

  // Serves one connection to its end.
  void Serve(int connection) {
    ++connections_;
    Random random(seed_ + static_cast<std::uint64_t>(connection));
    RequestHead head;
    std::vector<std::uint32_t> keys;
    while (ReadRequest(connection, &head, &keys)) {
      ResponseHead answer;
      std::string values;
      switch (head.op) {
        case Op::kPut:
          WorkAlone(costs_.commit_ms + costs_.commit_ms_per_item * head.count);
          break;
        case Op::kRefresh:
          WorkAlone(costs_.refresh_ms + costs_.refresh_ms_per_item * head.count);
          break;
        case Op::kGet:
          Read(random, head.count);
          if (random.Uniform() * 100 < costs_.error_percent) {
            answer.result = Result::kError;
          } else {
            for (const std::uint32_t key : keys) {
              values.append(kValueBytes, static_cast<char>('a' + key % 26));
            }
          }
          break;
      }
      answer.bytes = static_cast<std::uint32_t>(values.size());
      if (!WriteAll(connection, &answer, sizeof(answer)) ||
          !WriteAll(connection, values.data(), values.size())) {
        break;
      }
    }
    --connections_;
  }

 private:
  // The simulated service time of the store.
  static void Work(double ms) { std::this_thread::sleep_for(Milliseconds(ms)); }

  void Read(Random& random, std::uint32_t keys) {
    double ms = costs_.read_ms + costs_.read_ms_per_connection * connections_;
    ms += costs_.read_ms_per_key * keys;
    { const std::shared_lock<std::shared_mutex> passing(alone_); }
    ms *= std::exp(costs_.spread * Normal(random));
    if (random.Uniform() * 100 < costs_.stall_percent) {
      ms += costs_.stall_min_ms + (costs_.stall_max_ms - costs_.stall_min_ms) * random.Uniform();
    }
    Work(ms);
  }
  void WorkAlone(double ms) {
    const std::unique_lock<std::shared_mutex> exclusive(alone_);
    Work(ms);
  }

  const Costs costs_;
  const std::uint64_t seed_;
  std::atomic<int> connections_{0};
  std::shared_mutex alone_;
};

}  // namespace
}  // namespace trimtab::demo

int main(int argc, char** argv) {
  using namespace trimtab;
  CLI::App app("The demo's backend.");
  std::string listen = "127.0.0.1:0";
  std::uint64_t seed = 1;
  demo::Costs costs;
  app.add_option("--listen", listen, "where to listen")->capture_default_str();
  app.add_option("--seed", seed, "of the random latencies")->capture_default_str();
  app.add_option("--spread", costs.spread, "of the reads' latencies: exp(spread * normal)")
      ->check(CLI::Range(0.0, 3.0))
      ->capture_default_str();
  app.add_option("--stall-percent", costs.stall_percent, "reads that stall for 60 to 140 ms")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--error-percent", costs.error_percent, "reads that fail")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  demo::BlockSignals();
  demo::Backend backend(costs, seed);
  const auto server = demo::ConnectionServer::Start(
      listen, [&backend](int connection) { backend.Serve(connection); });
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  std::printf("listening on %s\n", (*server)->address().c_str());
  std::fflush(stdout);
  demo::AwaitSignal();
}
