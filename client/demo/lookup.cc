// SPDX-License-Identifier: Apache-2.0
#include "client/demo/lookup.h"

#include <algorithm>
#include <future>
#include <numeric>
#include <utility>

namespace trimtab::demo {
namespace {

// Requests that wait for a worker, at most; more are refused.
constexpr std::int64_t kQueueLimit = 512;
// Keys of one lookup that are asked for at once, at most.
constexpr std::int64_t kMaxFan = 16;
// Connections of which a thread may count on one: the rest is left to writes
// and to whoever needs more.
constexpr std::int64_t kConnectionsForOne = 2;
// To the backend.
constexpr std::int64_t kConnections = 50;
constexpr auto kLinger = std::chrono::milliseconds(400);
// A commit is worth waiting for longer than a read.
constexpr auto kCommitPatience = std::chrono::seconds(2);
constexpr auto kRequestPatience = std::chrono::seconds(10);

Result ToResult(const absl::Status& status) {
  if (status.ok()) return Result::kOk;
  return absl::IsDeadlineExceeded(status) ? Result::kTimeout : Result::kError;
}

runtime::RetrierOptions RetrierOptions() {
  runtime::RetrierOptions options;
  options.retries = 3;
  options.timeout = std::chrono::milliseconds(100);
  options.backoff = {.first = std::chrono::milliseconds(1),
                     .longest = std::chrono::milliseconds(5)};
  // How many retries pay is what the demo lets the tuner find out.
  options.budget_ratio = 1;
  options.budget_burst = 1000;
  // The backend refuses reads now and then, at random.
  options.retryable.push_back(absl::StatusCode::kInternal);
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Lookup>> Lookup::Create(const std::string& backend) {
  std::unique_ptr<Lookup> lookup(new Lookup());
  auto client = BackendClient::Create(backend, kConnections);
  if (!client.ok()) return client.status();
  lookup->backend_ = *std::move(client);
  auto retrier = runtime::Retrier::Create(RetrierOptions());
  if (!retrier.ok()) return retrier.status();
  lookup->retrier_ = *std::move(retrier);
  auto cache = LookupCache::Create({.l1_entries = 1000, .l2_entries = 0});
  if (!cache.ok()) return cache.status();
  lookup->cache_ = *std::move(cache);
  lookup->keeper_ = std::make_unique<CacheKeeper>(*lookup->cache_, *lookup->backend_);
  auto batcher =
      Batcher::Create({.size = 100, .linger = kLinger},
                      [raw = lookup.get()](const std::vector<std::int64_t>& writes) {
                        return std::vector<absl::Status>(writes.size(), raw->Commit(writes));
                      });
  if (!batcher.ok()) return batcher.status();
  lookup->batcher_ = *std::move(batcher);
  auto workers = runtime::WorkerPool::Create({.threads = 8, .queue_limit = kQueueLimit});
  if (!workers.ok()) return workers.status();
  lookup->workers_ = *std::move(workers);
  return lookup;
}

template <typename Work>
Result Lookup::OnWorker(const Work& work) {
  std::promise<Result> done;
  const absl::Status taken = workers_->Submit([&] { done.set_value(work()); });
  return taken.ok() ? done.get_future().get() : Result::kError;
}

Result Lookup::Get(const std::vector<std::uint32_t>& keys, std::string* values) {
  return OnWorker([&] { return Find(keys, values); });
}

Result Lookup::Put(std::int64_t items) {
  return OnWorker([&] { return ToResult(batcher_->Add(items, items).get()); });
}

Result Lookup::Find(const std::vector<std::uint32_t>& keys, std::string* values) {
  std::vector<std::uint32_t> missing;
  for (const std::uint32_t key : keys) {
    const bool hit = cache_->Visit(key, [&](const std::string& value) { values->append(value); });
    if (!hit) missing.push_back(key);
  }
  if (missing.empty()) return Result::kOk;
  return ToResult(retrier_
                      ->Call(SystemClock().Now() + kRequestPatience,
                             [&](MonotonicTime deadline) -> absl::StatusOr<std::string> {
                               if (absl::Status done = Attempt(missing, values, deadline);
                                   !done.ok()) {
                                 return done;
                               }
                               return std::string();
                             })
                      .status());
}

absl::Status Lookup::Attempt(std::vector<std::uint32_t>& missing, std::string* values,
                             MonotonicTime deadline) {
  while (!missing.empty()) {
    const std::int64_t share = backend_->pool().size() / (kConnectionsForOne * workers_->threads());
    const auto fan = static_cast<std::size_t>(std::clamp<std::int64_t>(share, 1, kMaxFan));
    auto fetched = backend_->Fetch(missing, fan, deadline);
    if (!fetched.ok()) return fetched.status();
    absl::Status result;
    std::vector<std::uint32_t> left(missing.begin() + static_cast<std::ptrdiff_t>(fetched->size()),
                                    missing.end());
    for (BackendClient::Fetched& each : *fetched) {
      if (!each.value.ok()) {
        result = each.value.status();
        left.push_back(each.key);
        continue;
      }
      values->append(*each.value);
      (void)cache_->Put(each.key, *std::move(each.value));
    }
    missing = std::move(left);
    if (!result.ok()) return result;
  }
  return absl::OkStatus();
}

absl::Status Lookup::Commit(const std::vector<std::int64_t>& writes) {
  const std::int64_t items = std::accumulate(writes.begin(), writes.end(), std::int64_t{0});
  return backend_
      ->Call(Op::kPut, static_cast<std::uint32_t>(items), {}, SystemClock().Now() + kCommitPatience)
      .status();
}

}  // namespace trimtab::demo
