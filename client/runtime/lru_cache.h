// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// A cache that forgets what was used least recently. Its capacity changes while
// it is used: shrinking drops the oldest entries at once, growing keeps all.
// Thread-safe.
class LruCache {
 public:
  // `capacity` positive.
  explicit LruCache(std::size_t capacity) : capacity_(capacity) {}

  std::optional<std::string> Get(std::uint64_t key) {
    const MutexLock lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->second;
  }

  void Put(std::uint64_t key, std::string value) {
    const MutexLock lock(mutex_);
    const auto found = index_.find(key);
    if (found != index_.end()) {
      found->second->second = std::move(value);
      entries_.splice(entries_.begin(), entries_, found->second);
      return;
    }
    entries_.emplace_front(key, std::move(value));
    index_[key] = entries_.begin();
    Trim();
  }

  // INVALID_ARGUMENT for 0; nothing changes then.
  absl::Status Resize(std::int64_t capacity) {
    if (capacity < 1) return absl::InvalidArgumentError("a cache needs at least one entry");
    const MutexLock lock(mutex_);
    capacity_ = static_cast<std::size_t>(capacity);
    Trim();
    return absl::OkStatus();
  }

  // The keys held, the least recently used last. Cost: a look at every entry.
  std::vector<std::uint64_t> Keys() const {
    const MutexLock lock(mutex_);
    std::vector<std::uint64_t> keys;
    keys.reserve(entries_.size());
    for (const auto& entry : entries_) keys.push_back(entry.first);
    return keys;
  }

  std::size_t capacity() const {
    const MutexLock lock(mutex_);
    return capacity_;
  }
  std::size_t size() const {
    const MutexLock lock(mutex_);
    return entries_.size();
  }

 private:
  void Trim() TRIMTAB_REQUIRES(mutex_) {
    while (entries_.size() > capacity_) {
      index_.erase(entries_.back().first);
      entries_.pop_back();
    }
  }

  using Entries = std::list<std::pair<std::uint64_t, std::string>>;
  mutable Mutex mutex_;
  std::size_t capacity_ TRIMTAB_GUARDED_BY(mutex_);
  Entries entries_ TRIMTAB_GUARDED_BY(mutex_);
  std::unordered_map<std::uint64_t, Entries::iterator> index_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
