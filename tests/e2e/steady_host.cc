// SPDX-License-Identifier: Apache-2.0
// A host for tests of the daemon's real binary: what its latencies are follows
// from its configuration alone, best at 16 threads, so that it needs no load
// and no luck. Steered by lines on standard input:
//   set THREADS   an operator's edit
//   show          prints "in_force=N committed=N"
//   traffic N     requests a second
//   latency MS    every request takes so long; 0: as the configuration has it
// Its arguments: [ADDRESS [kinds]].
#include <trimtab/host.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

namespace {

using trimtab::host::Outcome;
using trimtab::host::TunableHost;

struct Behaviour {
  std::atomic<std::int64_t> threads{4};
  std::atomic<int> requests_per_second{400};
  std::atomic<int> latency_ms{0};
};

std::chrono::microseconds Latency(const Behaviour& behaviour, int request) {
  if (behaviour.latency_ms > 0) return std::chrono::milliseconds(behaviour.latency_ms);
  const std::int64_t away = std::abs(behaviour.threads - 16);
  // Spread over a tenth, the same in each window.
  return std::chrono::microseconds((20 + 4 * away) * (1000 + request % 11 * 10));
}

void Serve(const Behaviour& behaviour, TunableHost& host) {
  constexpr auto kTick = std::chrono::milliseconds(10);
  auto due = std::chrono::steady_clock::now();
  double owed = 0;
  for (int request = 0;; due += kTick) {
    std::this_thread::sleep_until(due);
    owed += behaviour.requests_per_second * std::chrono::duration<double>(kTick).count();
    for (; owed >= 1; owed -= 1, ++request) {
      const auto now = std::chrono::steady_clock::now();
      host.metrics().Begin(now - Latency(behaviour, request)).Finish(Outcome::kOk, 100);
    }
  }
}

std::int64_t Threads(const trimtab::host::Values& values) {
  return std::get<std::int64_t>(values.at("thread_pool_size"));
}

// One line of standard input.
void Obey(const std::string& line, Behaviour& behaviour, TunableHost& host) {
  std::istringstream words(line);
  std::string verb;
  std::int64_t number = 0;
  words >> verb >> number;
  if (verb == "set") {
    const absl::Status set = host.SetFromOperator({{"thread_pool_size", number}});
    std::printf("set %s\n", set.ToString().c_str());
  } else if (verb == "traffic") {
    behaviour.requests_per_second = static_cast<int>(number);
    std::printf("traffic\n");
  } else if (verb == "latency") {
    behaviour.latency_ms = static_cast<int>(number);
    std::printf("latency\n");
  } else {
    const trimtab::host::Configuration now = host.Current();
    std::printf("in_force=%lld committed=%lld\n", static_cast<long long>(Threads(now.values)),
                static_cast<long long>(Threads(now.committed)));
  }
  std::fflush(stdout);
}

// A parameter of every kind besides; they change nothing.
void AddKinds(TunableHost& host) {
  const auto keep = [](const auto&) { return absl::OkStatus(); };
  host.AddInt("wait", {.min = 1, .max = 1000, .initial = 50, .unit = "ms"}, keep);
  host.AddInt("buffer", {.min = 1, .max = 64, .initial = 4, .unit = "KiB"}, keep);
  host.AddDouble("share", {.min = 0, .max = 1, .initial = 0.5, .unit = "ratio"}, keep);
  host.AddCategory("codec", {.categories = {"none", "zstd"}, .initial = "none"}, keep);
}

}  // namespace

int main(int argc, char** argv) {
  Behaviour behaviour;
  TunableHost host({.service = "steady",
                    .instance = "one",
                    .listen = argc > 1 ? argv[1] : "127.0.0.1:0",
                    .window_length = std::chrono::milliseconds(100)});
  host.AddInt("thread_pool_size", {.min = 1, .max = 64, .initial = 4, .unit = "threads"},
              [&behaviour](std::int64_t threads) {
                behaviour.threads = threads;
                return absl::OkStatus();
              });
  if (argc > 2 && std::string_view(argv[2]) == "kinds") AddKinds(host);
  if (const absl::Status started = host.Start(); !started.ok()) {
    std::fprintf(stderr, "%s\n", started.ToString().c_str());
    return 1;
  }
  std::printf("tuner %s\n", host.address().c_str());
  std::fflush(stdout);
  std::thread([&] { Serve(behaviour, host); }).detach();
  for (std::string line; std::getline(std::cin, line);) Obey(line, behaviour, host);
  host.Stop();
  std::_Exit(0);
}
