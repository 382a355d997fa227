// SPDX-License-Identifier: Apache-2.0
// The other parts: 100 tasks of 10 ms at concurrency 10, a permit of the
// semaphore against std::counting_semaphore, an item through a pipeline.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <numeric>
#include <semaphore>
#include <span>
#include <thread>
#include <vector>

#include "client/runtime/concurrency/adaptive_limit.h"
#include "client/runtime/concurrency/map.h"
#include "client/runtime/concurrency/pipeline_builder.h"
#include "client/runtime/concurrency/resizable_semaphore.h"
#include "tests/bench/runtime/arms.h"

namespace trimtab::runtime {
namespace {

using SteadyClock = std::chrono::steady_clock;
using bench::Arm;

constexpr int kRounds = 11;
constexpr int kPermits = 500'000;
constexpr int kItems = 50'000;

double SecondsSince(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// Milliseconds for 100 tasks of 10 ms, ten at once.
double HundredTasks() {
  auto pool = WorkerPool::Create({.threads = 10});
  std::vector<int> inputs(100);
  std::iota(inputs.begin(), inputs.end(), 0);
  const auto start = SteadyClock::now();
  const auto results = MapInOrder(**pool, std::span<const int>(inputs),
                                  [](int input) {
                                    std::this_thread::sleep_for(std::chrono::milliseconds(10));
                                    return input;
                                  },
                                  {.concurrency = 10});
  const double elapsed = SecondsSince(start) * 1e3;
  for (int i = 0; i < 100; ++i) {
    if (results[static_cast<std::size_t>(i)].value() != i) std::abort();
  }
  return elapsed;
}

// Nanoseconds a permit, taken and given back.
double OurPermit() {
  auto semaphore = ResizableSemaphore::Create({.limit = 4});
  const auto start = SteadyClock::now();
  for (int i = 0; i < kPermits; ++i) {
    if (!(*semaphore)->Acquire().ok()) std::abort();
  }
  return SecondsSince(start) / kPermits * 1e9;
}

double StdPermit() {
  std::counting_semaphore<> semaphore(4);
  const auto start = SteadyClock::now();
  for (int i = 0; i < kPermits; ++i) {
    semaphore.acquire();
    semaphore.release();
  }
  return SecondsSince(start) / kPermits * 1e9;
}

double AdaptiveTicket() {
  auto limit = AdaptiveLimit::Create({});
  const auto start = SteadyClock::now();
  for (int i = 0; i < kPermits; ++i) (*limit)->Begin()->Finish(AdaptiveLimit::End::kOk);
  return SecondsSince(start) / kPermits * 1e9;
}

// Microseconds an item through two stages of one thread each.
double PipelineItem() {
  auto pipeline = PipelineBuilder<int>()
                      .Stage("one", {.capacity = 256}, [](int i) { return i; })
                      .Stage("two", {.capacity = 256}, [](int i) { return i; })
                      .Start();
  const auto start = SteadyClock::now();
  bench::OnThreads(2, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < kItems; ++i) {
        if (!(*pipeline)->Push(i).ok()) std::abort();
      }
    } else {
      for (int i = 0; i < kItems; ++i) {
        if ((*pipeline)->Pop().value() != i) std::abort();
      }
    }
  });
  return SecondsSince(start) / kItems * 1e6;
}

void Run() {
  std::vector<Arm> arms{{"100 tasks of 10 ms at concurrency 10, ms", HundredTasks},
                        {"permit of the semaphore, ns", OurPermit},
                        {"std::counting_semaphore, ns", StdPermit},
                        {"ticket of the adaptive limit, ns", AdaptiveTicket},
                        {"item through a pipeline of two stages, us", PipelineItem}};
  bench::RunInterleaved(arms, kRounds);
  fmt::print("| measured | median |\n|---|---|\n");
  for (const Arm& arm : arms) fmt::print("| {} | {:.2f} |\n", arm.name, arm.Median());
}

}  // namespace
}  // namespace trimtab::runtime

int main() {
  trimtab::runtime::Run();
  return 0;
}
