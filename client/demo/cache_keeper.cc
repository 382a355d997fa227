// SPDX-License-Identifier: Apache-2.0
#include "client/demo/cache_keeper.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace trimtab::demo {
namespace {

constexpr auto kPeriod = std::chrono::milliseconds(500);
constexpr auto kPatience = std::chrono::seconds(2);
// Keys in one request.
constexpr std::size_t kChunk = 500;

std::vector<std::uint32_t> KeysOf(LookupCache& cache) {
  std::vector<std::uint32_t> keys;
  cache.Sweep([&keys](std::uint32_t key, const std::string&) { keys.push_back(key); });
  return keys;
}

// Calls `handle` with a chunk of `keys` after another.
template <typename Handle>
void ByChunks(const std::vector<std::uint32_t>& keys, const std::stop_token& stop,
              const Handle& handle) {
  for (std::size_t at = 0; at < keys.size() && !stop.stop_requested(); at += kChunk) {
    const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = keys.begin() + static_cast<std::ptrdiff_t>(std::min(keys.size(), at + kChunk));
    handle(std::vector<std::uint32_t>(begin, end));
  }
}

}  // namespace

CacheKeeper::CacheKeeper(LookupCache& cache, BackendClient& backend)
    : cache_(cache), backend_(backend) {
  thread_ = OwnedThread("cache-keeper", [this](const std::stop_token& stop) { Run(stop); });
}

CacheKeeper::~CacheKeeper() {
  thread_.RequestStop();
  {
    const MutexLock lock(mutex_);
    changed_.NotifyAll();
  }
  thread_.Join();
}

void CacheKeeper::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Warm(stop);
    Refresh(stop);
    Wait(stop);
  }
}

void CacheKeeper::Wait(const std::stop_token& stop) {
  const MonotonicTime next = SystemClock().Now() + kPeriod;
  const MutexLock lock(mutex_);
  while (!stop.stop_requested() && SystemClock().Now() < next) {
    changed_.WaitUntil(mutex_, next);
  }
}

void CacheKeeper::Refresh(const std::stop_token& stop) {
  ByChunks(KeysOf(cache_), stop, [this](const std::vector<std::uint32_t>& keys) {
    // An entry that could not be asked about is asked about the next time.
    (void)backend_.Call(Op::kRefresh, static_cast<std::uint32_t>(keys.size()), keys,
                        SystemClock().Now() + kPatience);
  });
}

void CacheKeeper::Warm(const std::stop_token& stop) {
  const std::int64_t capacity = cache_.stats().l1_entries;
  if (std::exchange(warmed_, capacity) >= capacity) return;
  const std::vector<std::uint32_t> held = KeysOf(cache_);
  const std::unordered_set<std::uint32_t> known(held.begin(), held.end());
  const std::size_t room = static_cast<std::size_t>(capacity) -
                           std::min(held.size(), static_cast<std::size_t>(capacity));
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t key = 0; key < kKeys && wanted.size() < room; ++key) {
    if (!known.contains(key)) wanted.push_back(key);
  }
  ByChunks(wanted, stop, [this](const std::vector<std::uint32_t>& keys) {
    const absl::StatusOr<std::string> values = backend_.Call(
        Op::kGet, static_cast<std::uint32_t>(keys.size()), keys, SystemClock().Now() + kPatience);
    // What the backend refuses comes in with the requests.
    if (!values.ok() || values->size() != keys.size() * kValueBytes) return;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      (void)cache_.Put(keys[i], values->substr(i * kValueBytes, kValueBytes));
    }
  });
}

}  // namespace trimtab::demo
