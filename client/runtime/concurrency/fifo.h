// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace trimtab::runtime {

// A queue in chunks of 128: it asks the allocator once for that many items, and
// its memory goes back as it empties but for two chunks. std::deque does so for
// every 512 bytes. Items move without throwing. Not thread-safe.
template <typename T>
class Fifo {
 public:
  Fifo() = default;
  ~Fifo() {
    T item;
    while (Pop(&item)) {
    }
  }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;
  // O(1).
  void Swap(Fifo& other) {
    std::swap(first_, other.first_);
    std::swap(last_, other.last_);
    std::swap(spare_, other.spare_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(size_, other.size_);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void Push(T&& item) {
    if (last_ == nullptr || end_ == kPerChunk) AddChunk();
    new (last_->At(end_)) T(std::move(item));
    ++end_;
    ++size_;
  }

  // Takes the oldest item; false when there is none.
  bool Pop(T* item) {
    if (size_ == 0) return false;
    T* oldest = first_->At(begin_);
    *item = std::move(*oldest);
    oldest->~T();
    --size_;
    if (++begin_ == kPerChunk) {
      DropChunk();
    } else if (size_ == 0) {
      begin_ = end_ = 0;
    }
    return true;
  }

 private:
  static constexpr std::size_t kPerChunk = 128;
  struct Chunk {
    T* At(std::size_t i) { return std::launder(reinterpret_cast<T*>(storage + i * sizeof(T))); }
    std::unique_ptr<Chunk> next;
    alignas(T) std::byte storage[kPerChunk * sizeof(T)];
  };

  void AddChunk() {
    // Not make_unique, which would fill the storage with zeros.
    std::unique_ptr<Chunk> chunk = spare_ ? std::move(spare_) : std::unique_ptr<Chunk>(new Chunk);
    Chunk* const added = chunk.get();
    (last_ == nullptr ? first_ : last_->next) = std::move(chunk);
    last_ = added;
    end_ = 0;
  }

  void DropChunk() {
    std::unique_ptr<Chunk> dropped = std::exchange(first_, nullptr);
    first_ = std::move(dropped->next);
    if (first_ == nullptr) last_ = nullptr;
    begin_ = 0;
    spare_ = std::move(dropped);
  }

  std::unique_ptr<Chunk> first_;
  Chunk* last_ = nullptr;
  std::unique_ptr<Chunk> spare_;
  // Of the first chunk, and of the last.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t size_ = 0;
};

}  // namespace trimtab::runtime
