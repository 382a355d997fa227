// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/resizable_threads.h"

#include <system_error>
#include <utility>

#include "daemon/base/error.h"

namespace trimtab::runtime {

ResizableThreads::ResizableThreads(std::string name, std::function<void(std::int64_t)> body)
    : name_(std::move(name)), body_(std::move(body)) {}

absl::Status ResizableThreads::Resize(std::int64_t threads) {
  if (threads < 1 || threads > kMax) {
    return Error(absl::StatusCode::kInvalidArgument, "{}: {} threads; from 1 to {} are allowed",
                 name_, threads, kMax);
  }
  const MutexLock lock(mutex_);
  const std::int64_t before = wanted();
  // First, so that a thread that is about to leave stays if it is wanted again.
  wanted_.store(threads, std::memory_order_relaxed);
  try {
    StartUpTo(threads);
  } catch (const std::system_error& error) {
    wanted_.store(before, std::memory_order_relaxed);
    return Error(absl::StatusCode::kResourceExhausted, "{}: no more threads: {}", name_,
                 error.what());
  }
  return absl::OkStatus();
}

void ResizableThreads::StartUpTo(std::int64_t threads) {
  if (places_.size() < static_cast<std::size_t>(threads)) {
    places_.resize(static_cast<std::size_t>(threads));
  }
  for (std::int64_t number = 0; number < threads; ++number) {
    Place& place = places_[static_cast<std::size_t>(number)];
    if (!place.gone) continue;
    // One that left is past its last look at anything.
    place.thread.Join();
    place.thread = OwnedThread(name_, [this, number](const std::stop_token&) { body_(number); });
    place.gone = false;
  }
}

bool ResizableThreads::Leave(std::int64_t number) {
  const MutexLock lock(mutex_);
  if (!Surplus(number)) return false;
  places_[static_cast<std::size_t>(number)].gone = true;
  return true;
}

void ResizableThreads::Join() {
  // Bodies may still ask to leave, so they are joined without the lock.
  std::vector<Place> places;
  {
    const MutexLock lock(mutex_);
    for (Place& place : places_) {
      places.push_back({std::move(place.thread), true});
      place.gone = true;
    }
  }
  for (Place& place : places) place.thread.Join();
}

}  // namespace trimtab::runtime
