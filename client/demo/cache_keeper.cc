// SPDX-License-Identifier: Apache-2.0
#include "client/demo/cache_keeper.h"

#include <algorithm>
#include <unordered_set>

namespace trimtab::demo {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto kPeriod = std::chrono::milliseconds(500);
constexpr auto kPatience = std::chrono::seconds(2);
// Keys in one request.
constexpr std::size_t kRefreshChunk = 500;
constexpr std::size_t kWarmChunk = 500;

}  // namespace

CacheKeeper::CacheKeeper(runtime::LruCache& cache, BackendClient& backend)
    : cache_(cache), backend_(backend), capacity_(static_cast<std::int64_t>(cache.capacity())) {
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

void CacheKeeper::OnResize(std::int64_t capacity) {
  const MutexLock lock(mutex_);
  grown_ = grown_ || capacity > capacity_;
  capacity_ = capacity;
  changed_.NotifyAll();
}

void CacheKeeper::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Warm(stop);
    Refresh(stop);
    Wait(stop);
  }
}

void CacheKeeper::Wait(const std::stop_token& stop) {
  const auto next = SteadyClock::now() + kPeriod;
  const MutexLock lock(mutex_);
  while (!stop.stop_requested() && !grown_ && SteadyClock::now() < next) {
    changed_.WaitUntil(mutex_, next);
  }
}

void CacheKeeper::Refresh(const std::stop_token& stop) {
  const std::vector<std::uint64_t> held = cache_.Keys();
  for (std::size_t at = 0; at < held.size() && !stop.stop_requested(); at += kRefreshChunk) {
    const std::size_t end = std::min(held.size(), at + kRefreshChunk);
    const std::vector<std::uint32_t> keys(held.begin() + static_cast<std::ptrdiff_t>(at),
                                          held.begin() + static_cast<std::ptrdiff_t>(end));
    // An entry that could not be asked about is asked about the next time.
    (void)backend_.Call(Op::kRefresh, static_cast<std::uint32_t>(keys.size()), keys,
                        SteadyClock::now() + kPatience, nullptr);
  }
}

void CacheKeeper::Warm(const std::stop_token& stop) {
  std::int64_t capacity = 0;
  {
    const MutexLock lock(mutex_);
    if (!grown_) return;
    grown_ = false;
    capacity = capacity_;
  }
  const std::vector<std::uint64_t> held = cache_.Keys();
  const std::unordered_set<std::uint64_t> known(held.begin(), held.end());
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t key = 0; key < std::min<std::int64_t>(capacity, kKeys); ++key) {
    if (!known.contains(key)) wanted.push_back(key);
  }
  wanted.resize(std::min(
      wanted.size(), static_cast<std::size_t>(capacity) -
                         std::min<std::size_t>(held.size(), static_cast<std::size_t>(capacity))));
  for (std::size_t at = 0; at < wanted.size() && !stop.stop_requested(); at += kWarmChunk) {
    const std::size_t end = std::min(wanted.size(), at + kWarmChunk);
    const std::vector<std::uint32_t> keys(wanted.begin() + static_cast<std::ptrdiff_t>(at),
                                          wanted.begin() + static_cast<std::ptrdiff_t>(end));
    std::string values;
    const absl::Status got = backend_.Call(Op::kGet, static_cast<std::uint32_t>(keys.size()), keys,
                                           SteadyClock::now() + kPatience, &values);
    // What the backend refuses comes in with the requests.
    if (!got.ok() || values.size() != keys.size() * kValueBytes) continue;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      cache_.Put(keys[i], values.substr(i * kValueBytes, kValueBytes));
    }
  }
}

}  // namespace trimtab::demo
