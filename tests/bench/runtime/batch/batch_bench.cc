// SPDX-License-Identifier: Apache-2.0
// Items a second through the batcher beside a plain queue with a mutex and a
// condition variable, each item with a callback that is called when it was
// handled; and the mission's case: 20 items of 100 bytes, batches of 10, a limit
// of 100 ms. All arms under google-benchmark, many times each in another order
// every time; medians, and their ratio to the peer's.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "client/runtime/batch/item_batcher.h"
#include "tests/bench/runtime/arms.h"
#include "tests/bench/runtime/batch/plain_queue.h"

namespace trimtab::runtime {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr int kItems = 200'000;
constexpr std::int64_t kSize = 100;

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

// Calls add(i) for every item from `producers` threads.
void Produce(int producers, const std::function<void(int)>& add) {
  std::vector<std::thread> threads;
  for (int producer = 0; producer < producers; ++producer) {
    threads.emplace_back([&, producer] {
      for (int i = producer; i < kItems; i += producers) add(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Items a second from the first added to the last answered.
double Rate(int producers, bool ours) {
  std::atomic<int> answered{0};
  const auto start = SteadyClock::now();
  if (ours) {
    const auto batcher = ItemBatcher<int>::Create({.size = kSize, .max_waiting = kItems},
                                                  [](std::vector<int>& items) {
                                                    return std::vector<absl::Status>(items.size());
                                                  })
                             .value();
    Produce(producers, [&](int item) {
      batcher->AddWithCallback(item, 1, [&answered](const absl::Status&) {
        answered.fetch_add(1, std::memory_order_relaxed);
      });
    });
    batcher->Shutdown();
  } else {
    struct Entry {
      int item;
      std::function<void(const absl::Status&)> callback;
    };
    PlainQueue<Entry> queue(kSize, [](std::vector<Entry>& batch) {
      for (Entry& entry : batch) entry.callback(absl::OkStatus());
    });
    Produce(producers, [&](int item) {
      queue.Add({item, [&answered](const absl::Status&) {
                   answered.fetch_add(1, std::memory_order_relaxed);
                 }});
    });
    while (answered < kItems) std::this_thread::yield();
  }
  const std::chrono::duration<double> took = SteadyClock::now() - start;
  if (answered != kItems) std::abort();
  return kItems / took.count();
}

// From the first item added to the last answer.
double TwentyItemsMs() {
  using StringBatcher = ItemBatcher<std::string, absl::StatusOr<std::size_t>>;
  const auto batcher = StringBatcher::Create({.size = 10, .linger = std::chrono::milliseconds(100)},
                                             [](std::vector<std::string>& items) {
                                               std::vector<absl::StatusOr<std::size_t>> sizes;
                                               for (const std::string& item : items)
                                                 sizes.emplace_back(item.size());
                                               return sizes;
                                             })
                           .value();
  const auto start = SteadyClock::now();
  std::vector<std::future<absl::StatusOr<std::size_t>>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(batcher->Add(std::string(100, 'x')));
  for (auto& answer : answers) {
    if (answer.get().value() != 100) std::abort();
  }
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

void Run(int rounds) {
  std::puts("| producers | batcher, M items/s | plain queue, M items/s | ratio |");
  std::puts("|---|---|---|---|");
  for (const int producers : {1, 2}) {
    std::vector<bench::Arm> arms{{"batcher", [=] { return Rate(producers, true); }},
                                 {"plain queue", [=] { return Rate(producers, false); }}};
    bench::RunInterleaved(arms, rounds);
    std::printf("| %d | %.2f | %.2f | %.2f |\n", producers, arms[0].Median() / 1e6,
                arms[1].Median() / 1e6, arms[0].Median() / arms[1].Median());
  }
  std::vector<double> times;
  for (int round = 0; round < 20 * rounds; ++round) times.push_back(TwentyItemsMs());
  std::printf("\n20 items of 100 bytes in batches of 10: median %.3f ms, worst of %zu %.3f ms\n",
              Median(times), times.size(), *std::max_element(times.begin(), times.end()));
}

}  // namespace
}  // namespace trimtab::runtime

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 25;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: batch_bench [ROUNDS]\n");
    return 2;
  }
  trimtab::runtime::Run(rounds);
  return 0;
}
