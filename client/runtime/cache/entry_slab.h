// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "client/runtime/cache/directory.h"

namespace trimtab::runtime::cache {

// The keys and values of slots, in chunks: an entry stays where it is for its
// life, and making space for one never moves others. The owner knows which slots
// hold an entry, and clears them all before the end. Not thread-safe.
template <typename Key, typename Value>
class EntrySlab {
 public:
  struct Entry {
    Key key;
    Value value;
  };

  Entry& operator[](Slot slot) { return chunks_[slot / kChunk][slot % kChunk].entry; }
  const Entry& operator[](Slot slot) const { return chunks_[slot / kChunk][slot % kChunk].entry; }

  // The slot of `directory` that holds `key`, or kNoSlot.
  Slot Find(const Directory& directory, std::uint64_t hash, const Key& key) const {
    return directory.Find(hash, [&](Slot slot) { return (*this)[slot].key == key; });
  }
  // `slot` holds no entry.
  void Put(Slot slot, Key key, Value value) {
    while (slot / kChunk >= chunks_.size()) chunks_.push_back(std::make_unique<Place[]>(kChunk));
    new (&(*this)[slot]) Entry{std::move(key), std::move(value)};
  }
  // `slot` holds an entry.
  void Clear(Slot slot) { (*this)[slot].~Entry(); }
  // Moves the entry of `from` to `to`, which holds none.
  void Move(Slot from, Slot to) {
    Entry& entry = (*this)[from];
    Put(to, std::move(entry.key), std::move(entry.value));
    Clear(from);
  }
  // Gives back the space of slots from `slots` on, which hold no entry.
  void Truncate(std::size_t slots) {
    chunks_.resize(std::min(chunks_.size(), (slots + kChunk - 1) / kChunk));
  }

 private:
  static constexpr std::size_t kChunk = 256;
  // Space for an entry that is made and ended by hand.
  union Place {
    Place() {}
    ~Place() {}
    Entry entry;
  };

  std::vector<std::unique_ptr<Place[]>> chunks_;
};

}  // namespace trimtab::runtime::cache
