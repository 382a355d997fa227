// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/runtime/batch/batch_options.h"
#include "client/runtime/batch/batch_queue.h"
#include "client/runtime/batch/batch_stats.h"
#include "client/runtime/start_thread.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

// Gathers items and hands them over in batches: once their weights make the size
// together, or the linger after the first item, whichever is first. Every item
// that is taken gets exactly one answer. Both limits change while it works.
//
// An item belongs to one batch; one that weighs more than the size closes its
// batch and makes it heavier. A batch is never heavier than the size without its
// last item.
//
// `Answer` is what an item gets: absl::Status or absl::StatusOr<...>, anything
// that is made of an absl::Status and copied.
//
// Thread-safe. Adding takes a lock for some tens of nanoseconds and never waits;
// handlers and callbacks run on the batcher's threads, under no lock, and may add
// items themselves.
template <typename Item, typename Answer = absl::Status>
class ItemBatcher {
 public:
  // Handles the items of one batch, which it may change and move from, and
  // gives an answer for each, in their order. If it throws, or gives another
  // number of answers, each item gets INTERNAL. It must return: the end of the
  // batcher waits for it.
  using Handler = std::function<std::vector<Answer>(std::vector<Item>& items)>;
  // Must not throw; what it throws is dropped and counted.
  using Callback = absl::AnyInvocable<void(Answer)>;

  // INVALID_ARGUMENT with all that is wrong in the options, or without a handler;
  // RESOURCE_EXHAUSTED when the system gives no threads.
  static absl::StatusOr<std::unique_ptr<ItemBatcher>> Create(const BatchOptions& options,
                                                             Handler handler) {
    if (const absl::Status checked = CheckBatchOptions(options); !checked.ok()) return checked;
    if (!handler) return absl::InvalidArgumentError("there is no handler");
    std::unique_ptr<ItemBatcher> batcher(new ItemBatcher(options, std::move(handler)));
    for (int i = 0; i < options.threads; ++i) {
      absl::StatusOr<OwnedThread> thread =
          StartThread("batcher", [raw = batcher.get()](const std::stop_token&) { raw->Work(); });
      if (!thread.ok()) return thread.status();
      batcher->threads_.push_back(*std::move(thread));
    }
    return batcher;
  }
  // As Shutdown(). Not on a thread of the batcher.
  ~ItemBatcher() { Shutdown(); }

  // The item's answer, when it has one. If the item isn't taken, at once:
  // INVALID_ARGUMENT for a weight out of range, RESOURCE_EXHAUSTED if it would
  // make more wait than `max_waiting`, UNAVAILABLE after Shutdown().
  std::future<Answer> Add(Item item, std::int64_t weight = 1) {
    std::promise<Answer> promise;
    std::future<Answer> answer = promise.get_future();
    AddWithCallback(std::move(item), weight, [promise = std::move(promise)](Answer given) mutable {
      promise.set_value(std::move(given));
    });
    return answer;
  }
  // Calls `callback` with the answer, on this thread if the item isn't taken.
  void AddWithCallback(Item item, std::int64_t weight, Callback callback) {
    Entry entry{std::move(item), std::move(callback), weight};
    const absl::Status taken = queue_.Add(&entry);
    if (!taken.ok()) Tell(entry, Answer(taken));
  }

  // INVALID_ARGUMENT outside 1 to kMaxBatchSize; nothing changes then. Batches
  // that are closed already stay as they are.
  absl::Status Resize(std::int64_t size) {
    const absl::Status checked = CheckBatchSize(size);
    if (checked.ok()) queue_.SetSize(size);
    return checked;
  }
  // INVALID_ARGUMENT outside zero to kMaxBatchLinger; nothing changes then.
  // Counts from the first item that waits already.
  absl::Status SetLinger(Duration linger) {
    const absl::Status checked = CheckBatchLinger(linger);
    if (checked.ok()) queue_.SetLinger(linger);
    return checked;
  }

  // Closes the batch that gathers; doesn't wait for its answers.
  void Flush() { queue_.Flush(); }
  // Takes no more items, hands over those that wait and returns when all have
  // their answer. May be called again; by one thread at a time, none of the
  // batcher's.
  void Shutdown() {
    queue_.Close();
    for (OwnedThread& thread : threads_) thread.Join();
  }

  BatchStats stats() const { return queue_.stats(); }

 private:
  struct Entry {
    Item item;
    Callback callback;
    std::int64_t weight;
  };

  ItemBatcher(const BatchOptions& options, Handler handler)
      : handler_(std::move(handler)), queue_(options) {}

  void Work() {
    std::vector<Entry> batch;
    std::vector<Item> items;
    while (queue_.Take(&batch)) {
      items.reserve(batch.size());
      for (Entry& entry : batch) items.push_back(std::move(entry.item));
      absl::StatusOr<std::vector<Answer>> answers = Handle(items);
      // What is left of them ends before the answers are told, not with the next
      // batch.
      items.clear();
      if (answers.ok() && answers->size() != batch.size()) {
        answers = absl::InternalError("the handler gave " + std::to_string(answers->size()) +
                                      " answers for " + std::to_string(batch.size()) + " items");
      }
      // Counted before they are told: who has the answer finds it counted.
      queue_.Done(batch.size(), answers.ok());
      for (std::size_t i = 0; i < batch.size(); ++i) {
        Tell(batch[i], answers.ok() ? std::move((*answers)[i]) : Answer(answers.status()));
      }
    }
  }

  absl::StatusOr<std::vector<Answer>> Handle(std::vector<Item>& items) {
    try {
      return handler_(items);
    } catch (const std::exception& error) {
      return absl::InternalError(std::string("the handler threw: ") + error.what());
    } catch (...) {
      return absl::InternalError("the handler threw what is no std::exception");
    }
  }

  void Tell(Entry& entry, Answer answer) {
    try {
      entry.callback(std::move(answer));
    } catch (...) {
      queue_.CountCallbackException();
    }
  }

  const Handler handler_;
  BatchQueue<Entry> queue_;
  std::vector<OwnedThread> threads_;
};

}  // namespace trimtab::runtime
