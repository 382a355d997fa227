// SPDX-License-Identifier: Apache-2.0
// The demo's backend: a store that is slow in the ways that real ones are. A
// read takes a few milliseconds, more with every open connection, and now and
// then very long; a commit has a fixed cost, and no read passes it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "client/demo/wire.h"
#include "daemon/base/random.h"

namespace trimtab::demo {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

struct Costs {
  double read_ms = 3;
  // Each open connection makes a read so much slower.
  double read_ms_per_connection = 0.02;
  double tail_percent = 1.5;
  double tail_ms = 250;
  double error_percent = 0.1;
  double commit_ms = 6;
  double commit_ms_per_item = 0.004;
};

class Backend {
 public:
  Backend(const Costs& costs, std::uint64_t seed) : costs_(costs), seed_(seed) {}

  // Serves one connection to its end.
  void Serve(int connection) {
    ++connections_;
    Random random(seed_ + static_cast<std::uint64_t>(connection));
    RequestHead head;
    while (ReadAll(connection, &head, sizeof(head))) {
      ResponseHead answer;
      std::string value;
      if (head.op == Op::kPut) {
        Commit(head.count);
      } else {
        std::uint32_t key = 0;
        if (!ReadAll(connection, &key, sizeof(key))) break;
        Read(random);
        if (random.Uniform() * 100 < costs_.error_percent) {
          answer.result = Result::kError;
        } else {
          value.assign(128, static_cast<char>('a' + key % 26));
        }
      }
      answer.bytes = static_cast<std::uint32_t>(value.size());
      if (!WriteAll(connection, &answer, sizeof(answer)) ||
          !WriteAll(connection, value.data(), value.size())) {
        break;
      }
    }
    --connections_;
    close(connection);
  }

 private:
  // The simulated service time of the store.
  static void Work(double ms) { std::this_thread::sleep_for(Milliseconds(ms)); }

  void Read(Random& random) {
    double ms = costs_.read_ms + costs_.read_ms_per_connection * connections_;
    ms *= 0.7 + 0.6 * random.Uniform();
    if (random.Uniform() * 100 < costs_.tail_percent) ms += costs_.tail_ms * (0.5 + random.Uniform());
    { const std::shared_lock<std::shared_mutex> passing(commit_); }
    Work(ms);
  }
  void Commit(std::uint32_t items) {
    const std::unique_lock<std::shared_mutex> exclusive(commit_);
    Work(costs_.commit_ms + costs_.commit_ms_per_item * items);
  }

  const Costs costs_;
  const std::uint64_t seed_;
  std::atomic<int> connections_{0};
  std::shared_mutex commit_;
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
  app.add_option("--tail-percent", costs.tail_percent, "reads that take very long")
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--error-percent", costs.error_percent, "reads that fail")
      ->check(CLI::Range(0.0, 100.0));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  demo::BlockSignals();
  std::string bound;
  const auto listener = demo::Listen(listen, &bound);
  if (!listener.ok()) {
    std::fprintf(stderr, "%s\n", listener.status().ToString().c_str());
    return 1;
  }
  std::printf("listening on %s\n", bound.c_str());
  std::fflush(stdout);
  demo::Backend backend(costs, seed);
  std::thread([&] {
    for (int connection; (connection = demo::Accept(*listener)) >= 0;) {
      std::thread([&backend, connection] { backend.Serve(connection); }).detach();
    }
  }).detach();
  demo::AwaitSignal();
  // Connections end with the process.
  std::_Exit(0);
}
