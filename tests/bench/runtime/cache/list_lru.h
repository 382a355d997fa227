// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace trimtab::runtime {

// The peer: the LRU that one writes in ten minutes, a list and an unordered_map
// under one mutex. Thread-safe.
class ListLru {
 public:
  explicit ListLru(std::size_t capacity) : capacity_(capacity) { index_.reserve(capacity + 1); }

  bool Get(std::uint64_t key, std::uint64_t* value) {
    const std::scoped_lock lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return false;
    entries_.splice(entries_.begin(), entries_, found->second);
    *value = found->second->second;
    return true;
  }

  void Put(std::uint64_t key, std::uint64_t value) {
    const std::scoped_lock lock(mutex_);
    const auto found = index_.find(key);
    if (found != index_.end()) {
      found->second->second = value;
      entries_.splice(entries_.begin(), entries_, found->second);
      return;
    }
    if (entries_.size() == capacity_) {
      index_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(key, value);
    index_[key] = entries_.begin();
  }

 private:
  using Entries = std::list<std::pair<std::uint64_t, std::uint64_t>>;
  std::mutex mutex_;
  const std::size_t capacity_;
  Entries entries_;
  std::unordered_map<std::uint64_t, Entries::iterator> index_;
};

}  // namespace trimtab::runtime
