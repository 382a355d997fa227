// SPDX-License-Identifier: Apache-2.0
#include "client/demo/lookup.h"

#include <algorithm>
#include <chrono>

namespace trimtab::demo {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Keys of one lookup that are asked for at once, at most.
constexpr std::int64_t kMaxFan = 16;
// Connections of which a thread may count on one: the rest is left to writes
// and to whoever needs more.
constexpr std::int64_t kConnectionsForOne = 2;
constexpr auto kLinger = std::chrono::milliseconds(400);
// A commit is worth waiting for longer than a read.
constexpr auto kCommitPatience = std::chrono::seconds(2);

Result ToResult(const absl::Status& status) {
  if (status.ok()) return Result::kOk;
  return absl::IsDeadlineExceeded(status) ? Result::kTimeout : Result::kError;
}

}  // namespace

Lookup::Lookup(const std::string& backend)
    : threads(8),
      timeout_ms(100),
      retries(3),
      backend_(backend, 50),
      cache_(1000),
      keeper_(cache_, backend_),
      batcher_(100, kLinger, [this](std::int64_t items) {
        return backend_.Call(Op::kPut, static_cast<std::uint32_t>(items), {},
                             SteadyClock::now() + kCommitPatience, nullptr);
      }) {}

absl::Status Lookup::ResizeCache(std::int64_t entries) {
  absl::Status status = cache_.Resize(entries);
  if (status.ok()) keeper_.OnResize(entries);
  return status;
}

Result Lookup::Get(const std::vector<std::uint32_t>& keys, std::string* values) {
  std::vector<std::uint32_t> missing;
  for (const std::uint32_t key : keys) {
    if (const std::optional<std::string> value = cache_.Get(key)) {
      values->append(*value);
    } else {
      missing.push_back(key);
    }
  }
  // A round serves as many keys as there are connections for; only rounds with
  // a failure count as attempts.
  std::int64_t failures_left = retries + 1;
  while (!missing.empty()) {
    const Result result = Attempt(missing, values);
    if (result != Result::kOk && --failures_left <= 0) return result;
  }
  return Result::kOk;
}

Result Lookup::Attempt(std::vector<std::uint32_t>& missing, std::string* values) {
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(timeout_ms.load());
  const std::int64_t share =
      backend_.pool().size() / std::max<std::int64_t>(1, kConnectionsForOne * threads);
  const auto fan = static_cast<std::size_t>(std::clamp<std::int64_t>(share, 1, kMaxFan));
  std::vector<BackendClient::Fetched> fetched = backend_.Fetch(missing, fan, deadline);
  if (fetched.empty()) return Result::kTimeout;
  Result result = Result::kOk;
  std::vector<std::uint32_t> left(missing.begin() + static_cast<std::ptrdiff_t>(fetched.size()),
                                  missing.end());
  for (BackendClient::Fetched& each : fetched) {
    if (each.status.ok()) {
      values->append(each.value);
      cache_.Put(each.key, std::move(each.value));
    } else {
      result = ToResult(each.status);
      left.push_back(each.key);
    }
  }
  missing = std::move(left);
  return result;
}

Result Lookup::Put(std::int64_t items) { return ToResult(batcher_.Add(items).get()); }

}  // namespace trimtab::demo
