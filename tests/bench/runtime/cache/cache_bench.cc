// SPDX-License-Identifier: Apache-2.0
// The time of a request to the cache beside that of a plain LRU: Zipf 0.99 over
// 100 000 keys, a capacity of 10 000, a miss is put in. All arms under
// google-benchmark, many times each in another order every time, in rounds short
// enough to run between two turns of other programs; medians, and their ratios to
// the peer's. CPU time leaves out what other programs took, but also the sleep of
// who waits for a mutex.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/runtime/cache/cache.h"
#include "daemon/base/random.h"
#include "tests/bench/runtime/cache/list_lru.h"
#include "tests/bench/runtime/interleaved.h"

namespace trimtab::runtime {
namespace {

constexpr int kKeys = 100'000;
constexpr int kCapacity = 10'000;
constexpr double kSkew = 0.99;
constexpr int kWarmUps = 3;
// Of a thread in a round.
constexpr std::size_t kRequests = 200'000;

// Keys with Zipf's frequencies, the popular ones spread over all numbers.
std::vector<std::uint64_t> ZipfKeys(std::uint64_t seed) {
  std::vector<double> sums(kKeys);
  double sum = 0;
  for (int i = 0; i < kKeys; ++i) sums[i] = sum += std::pow(i + 1, -kSkew);
  Random random(seed);
  std::vector<std::uint64_t> keys(kRequests);
  for (std::uint64_t& key : keys) {
    const auto rank = std::lower_bound(sums.begin(), sums.end(), random.Uniform() * sum);
    key = static_cast<std::uint64_t>(rank - sums.begin()) * 7919 % kKeys;
  }
  return keys;
}

// One way to cache; answers a request and says whether it was a hit.
struct Arm {
  std::string name;
  // Runs all requests of one thread; its hits.
  std::function<std::size_t(const std::vector<std::uint64_t>&)> run;
  // For each round.
  std::vector<double> times_ns = {};
  std::vector<double> cpu_times_ns = {};
  double hit_ratio = 0;
};

Arm Peer() {
  auto cache = std::make_shared<ListLru>(kCapacity);
  return {"list + unordered_map", [cache](const std::vector<std::uint64_t>& keys) {
            std::size_t hits = 0;
            for (const std::uint64_t key : keys) {
              std::uint64_t value = 0;
              if (cache->Get(key, &value)) {
                ++hits;
              } else {
                cache->Put(key, key);
              }
            }
            return hits;
          }};
}

Arm Ours(const std::string& name, CacheOptions options) {
  std::shared_ptr<Cache<std::uint64_t, std::uint64_t>> cache =
      Cache<std::uint64_t, std::uint64_t>::Create(options).value();
  return {name, [cache](const std::vector<std::uint64_t>& keys) {
            std::size_t hits = 0;
            for (const std::uint64_t key : keys) {
              std::uint64_t value = 0;
              if (cache->Get(key, &value)) {
                ++hits;
              } else {
                cache->Put(key, key).IgnoreError();
              }
            }
            return hits;
          }};
}

double CpuNow() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

// Runs one round: its length over all threads' requests, in ns, and the CPU time
// of a request.
std::pair<double, double> Round(Arm& arm, const std::vector<std::vector<std::uint64_t>>& keys) {
  const double cpu_start = CpuNow();
  std::atomic<std::size_t> hits{0};
  std::atomic<int> ready{0};
  const int threads = static_cast<int>(keys.size());
  std::vector<std::thread> workers;
  std::vector<std::chrono::steady_clock::time_point> starts(keys.size());
  std::vector<std::chrono::steady_clock::time_point> ends(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    workers.emplace_back([&, i] {
      ++ready;
      while (ready < threads) std::this_thread::yield();
      starts[i] = std::chrono::steady_clock::now();
      hits += arm.run(keys[i]);
      ends[i] = std::chrono::steady_clock::now();
    });
  }
  for (std::thread& worker : workers) worker.join();
  const auto requests = static_cast<double>(kRequests * keys.size());
  arm.hit_ratio = static_cast<double>(hits) / requests;
  const std::chrono::duration<double, std::nano> time =
      *std::max_element(ends.begin(), ends.end()) - *std::min_element(starts.begin(), starts.end());
  return {time.count() / requests, (CpuNow() - cpu_start) / requests};
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

void Compare(int threads, int rounds) {
  std::vector<Arm> arms = {Peer()};
  arms.push_back(Ours("lru", {.l1_entries = kCapacity, .l2_entries = 0}));
  arms.push_back(Ours("lru, 8 shards", {.l1_entries = kCapacity, .l2_entries = 0, .shards = 8}));
  arms.push_back(Ours("lru, L1 1000 + L2 9000", {.l1_entries = 1000, .l2_entries = 9000}));
  for (const CachePolicy policy : kCachePolicies) {
    if (policy == CachePolicy::kLru) continue;
    arms.push_back(Ours(std::string(CachePolicyName(policy)),
                        {.l1_entries = kCapacity, .l2_entries = 0, .policy = policy}));
  }
  std::vector<std::vector<std::uint64_t>> keys;
  for (int i = 0; i < threads; ++i) keys.push_back(ZipfKeys(static_cast<std::uint64_t>(i) + 1));
  std::vector<std::pair<std::string, std::function<void(benchmark::State&)>>> functions;
  for (Arm& arm : arms) {
    // The first rounds fill the caches and let `auto` choose.
    for (int round = 0; round < kWarmUps; ++round) Round(arm, keys);
    functions.emplace_back(arm.name, [&](benchmark::State& state) {
      for ([[maybe_unused]] auto once : state) {
        const std::pair<double, double> took = Round(arm, keys);
        arm.times_ns.push_back(took.first);
        arm.cpu_times_ns.push_back(took.second);
      }
    });
  }
  bench::RunInterleaved(functions, rounds, [](auto& each) { each.Iterations(1); });
  const double peer = Median(arms[0].times_ns);
  const double peer_cpu = Median(arms[0].cpu_times_ns);
  for (const Arm& arm : arms) {
    const double time = Median(arm.times_ns);
    const double cpu = Median(arm.cpu_times_ns);
    std::printf("| %d | %s | %.1f | %.2f | %.1f | %.2f | %.2f |\n", threads, arm.name.c_str(), time,
                time / peer, cpu, cpu / peer_cpu, 100 * arm.hit_ratio);
  }
}

}  // namespace
}  // namespace trimtab::runtime

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 51;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: cache_bench [ROUNDS]\n");
    return 2;
  }
  std::puts("| threads | cache | ns a request | ratio | CPU ns | ratio | hits % |");
  std::puts("|---|---|---|---|---|---|---|");
  for (const int threads : {1, 2}) trimtab::runtime::Compare(threads, rounds);
  return 0;
}
