// SPDX-License-Identifier: Apache-2.0
#include "client/demo/lookup.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

namespace trimtab::demo {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Keys of one lookup that are asked for at once, at most.
constexpr std::int64_t kMaxFan = 16;
constexpr auto kLinger = std::chrono::milliseconds(400);

bool AwaitReadable(int connection, SteadyClock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
  pollfd wait{connection, POLLIN, 0};
  return poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) == 1;
}

}  // namespace

Lookup::Lookup(const std::string& backend)
    : threads(8),
      timeout_ms(100),
      retries(3),
      backend_(backend),
      cache_(1000),
      pool_(50, [backend] { return Connect(backend).value_or(-1); }),
      batcher_(100, kLinger, [this](std::int64_t items) { return Commit(items); }) {}

Result Lookup::Get(const std::vector<std::uint32_t>& keys, std::string* values) {
  std::vector<std::uint32_t> missing;
  for (const std::uint32_t key : keys) {
    if (const std::optional<std::string> value = cache_.Get(key)) {
      values->append(*value);
    } else {
      missing.push_back(key);
    }
  }
  Result worst = Result::kOk;
  // Each key has its attempts; a round serves as many keys as there are
  // connections for.
  std::int64_t failures_left = retries + 1;
  while (!missing.empty()) {
    const Result result = Attempt(missing, values);
    if (result == Result::kOk) continue;
    worst = result;
    if (--failures_left <= 0) return worst;
  }
  return Result::kOk;
}

Result Lookup::Attempt(std::vector<std::uint32_t>& missing, std::string* values) {
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(timeout_ms.load());
  const std::int64_t share = pool_.size() / std::max<std::int64_t>(1, threads);
  const auto fan = static_cast<std::size_t>(std::clamp<std::int64_t>(share, 1, kMaxFan));
  const std::vector<int> connections = pool_.Take(std::min(fan, missing.size()), deadline);
  if (connections.empty()) return Result::kTimeout;
  const std::size_t count = std::min(connections.size(), missing.size());
  std::vector<bool> sent(count);
  for (std::size_t i = 0; i < count; ++i) {
    struct {
      RequestHead head;
      std::uint32_t key;
      std::uint32_t pad;
    } message{{Op::kGet, 1, 0}, missing[i], 0};
    sent[i] = WriteAll(connections[i], &message, sizeof(RequestHead) + sizeof(std::uint32_t));
  }
  Result result = Result::kOk;
  std::vector<std::uint32_t> left(missing.begin() + static_cast<std::ptrdiff_t>(count),
                                  missing.end());
  for (std::size_t i = 0; i < count; ++i) {
    ResponseHead head;
    std::string value;
    bool healthy = sent[i] && AwaitReadable(connections[i], deadline);
    if (sent[i] && !healthy && result == Result::kOk) result = Result::kTimeout;
    healthy = healthy && ReadAll(connections[i], &head, sizeof(head));
    if (healthy) {
      value.resize(head.bytes);
      healthy = ReadAll(connections[i], value.data(), value.size());
    }
    if (!sent[i] || (healthy && head.result != Result::kOk)) result = Result::kError;
    pool_.Give(connections[i], healthy);
    if (healthy && head.result == Result::kOk) {
      values->append(value);
      cache_.Put(missing[i], std::move(value));
    } else {
      left.push_back(missing[i]);
    }
  }
  missing = std::move(left);
  return result;
}

Result Lookup::Put(std::int64_t items) {
  const absl::Status status = batcher_.Add(items).get();
  if (status.ok()) return Result::kOk;
  return absl::IsDeadlineExceeded(status) ? Result::kTimeout : Result::kError;
}

absl::Status Lookup::Commit(std::int64_t items) {
  // A commit is worth waiting for longer than a read.
  const auto deadline = SteadyClock::now() + std::chrono::seconds(2);
  const std::vector<int> connections = pool_.Take(1, deadline);
  if (connections.empty()) return absl::DeadlineExceededError("no connection was free");
  const RequestHead head{Op::kPut, static_cast<std::uint32_t>(items), 0};
  ResponseHead answer;
  const bool sent = WriteAll(connections[0], &head, sizeof(head));
  const bool healthy = sent && AwaitReadable(connections[0], deadline) &&
                       ReadAll(connections[0], &answer, sizeof(answer));
  pool_.Give(connections[0], healthy);
  if (!healthy) return absl::UnavailableError("the backend did not answer a commit");
  return absl::OkStatus();
}

}  // namespace trimtab::demo
