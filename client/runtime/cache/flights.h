// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stop_token>
#include <unordered_map>

#include "client/runtime/cache/flight.h"

namespace trimtab::runtime::cache {

// A load to wait for; `begun` if the caller has to run and to land it.
template <typename Value>
struct Joined {
  std::shared_ptr<Flight<Value>> flight;
  bool begun = false;
};

// The loads whose value counts when it comes, one for a key at most. Not
// thread-safe, but for the flights.
template <typename Key, typename Value, typename Hash>
class Flights {
 public:
  using Ptr = std::shared_ptr<Flight<Value>>;

  // Joins the load of the key, or begins one, which stops when `stop` says so.
  Joined<Value> JoinOrBegin(const Key& key, const std::stop_source& stop) {
    Ptr& flight = flights_[key];
    if (flight != nullptr && flight->Join()) return {flight, false};
    flight = std::make_shared<Flight<Value>>(stop);
    return {flight, true};
  }
  // Begins a load unless somebody waits for one already: no flight then.
  Joined<Value> BeginUnlessWaited(const Key& key, const std::stop_source& stop) {
    Ptr& flight = flights_[key];
    if (flight != nullptr && flight->Waited()) return {};
    flight = std::make_shared<Flight<Value>>(stop);
    return {flight, true};
  }
  // Takes out a load that has ended: whether it still counts.
  bool TakeOut(const Key& key, const Ptr& flight) {
    const auto found = flights_.find(key);
    if (found == flights_.end() || found->second != flight) return false;
    flights_.erase(found);
    return true;
  }
  // The load of the key, or of all, does not count any more.
  void Drop(const Key& key) {
    if (!flights_.empty()) flights_.erase(key);
  }
  void DropAll() { flights_.clear(); }

 private:
  std::unordered_map<Key, Ptr, Hash> flights_;
};

}  // namespace trimtab::runtime::cache
