// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/phase.h"

#include <exception>
#include <system_error>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/thread.h"

namespace trimtab::benchmark {
namespace {

// What a benchmark throws is its error, and must not end the worker's thread.
absl::StatusOr<std::int64_t> Guarded(const Benchmark& benchmark, const Call& call) {
  try {
    return benchmark.run(call);
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "the benchmark threw: {}", error.what());
  } catch (...) {
    return Error(absl::StatusCode::kInternal, "the benchmark threw");
  }
}

}  // namespace

Phase::Phase(const Benchmark& benchmark, Options options, Clock& clock, MonotonicTime start,
             Tally& tally)
    : benchmark_(benchmark),
      options_(std::move(options)),
      clock_(clock),
      start_(start),
      tally_(tally),
      arrivals_(options_.load, start) {}

absl::Status Phase::Run() {
  const std::stop_callback wake(options_.stop, [this] {
    const MutexLock lock(wait_mutex_);
    wake_.NotifyAll();
  });
  std::vector<OwnedThread> workers;
  try {
    for (int i = 0; i < options_.load.concurrency; ++i) {
      workers.emplace_back("bench", [this, i](const std::stop_token&) { Work(i); });
    }
  } catch (const std::system_error& error) {
    failed_ = true;
    {
      const MutexLock lock(wait_mutex_);
      wake_.NotifyAll();
    }
    return Error(absl::StatusCode::kResourceExhausted, "only {} of {} threads could be begun: {}",
                 workers.size(), options_.load.concurrency, error.what());
  }
  for (OwnedThread& worker : workers) worker.Join();
  return absl::OkStatus();
}

void Phase::Work(int worker) {
  Tally::Worker out(tally_, start_);
  if (options_.load.open()) {
    WorkOpen(worker, out);
  } else {
    WorkClosed(worker, out);
  }
}

void Phase::WorkClosed(int worker, Tally::Worker& out) {
  while (!Ending()) {
    const MonotonicTime now = clock_.Now();
    if (options_.duration && now >= start_ + *options_.duration) return;
    const std::int64_t number = next_++;
    if (options_.count && number >= *options_.count) return;
    Perform({worker, number, now}, out);
  }
}

void Phase::WorkOpen(int worker, Tally::Worker& out) {
  while (const std::optional<Call> call = NextDue(worker)) {
    if (!WaitUntil(call->intended)) return;
    const MonotonicTime now = clock_.Now();
    const bool late = options_.duration && now > start_ + *options_.duration + options_.drain;
    if (late || Ending()) {
      Miss(*call, now, out);
    } else {
      Perform(*call, out);
    }
  }
}

std::optional<Call> Phase::NextDue(int worker) {
  const MutexLock lock(schedule_mutex_);
  const std::int64_t number = next_;
  if (options_.count && number >= *options_.count) return std::nullopt;
  const MonotonicTime due = arrivals_.Next();
  if (options_.duration && due >= start_ + *options_.duration) return std::nullopt;
  next_ = number + 1;
  return Call{worker, number, due};
}

bool Phase::WaitUntil(MonotonicTime moment) {
  const MutexLock lock(wait_mutex_);
  while (clock_.Now() < moment) {
    if (Ending()) return false;
    clock_.WaitUntil(wake_, wait_mutex_, moment);
  }
  return true;
}

void Phase::Perform(const Call& call, Tally::Worker& out) {
  Sample sample{.intended = call.intended};
  const absl::StatusOr<std::int64_t> bytes = Guarded(benchmark_, call);
  sample.ended = clock_.Now();
  if (bytes.ok()) {
    sample.bytes = *bytes;
  } else {
    sample.how = absl::IsDeadlineExceeded(bytes.status()) ? Ended::kTimeout : Ended::kError;
    tally_.CountError(bytes.status());
  }
  out.Add(sample);
}

void Phase::Miss(const Call& call, MonotonicTime now, Tally::Worker& out) {
  out.Add({.intended = call.intended, .ended = now, .how = Ended::kMissed});
  if (benchmark_.missed) benchmark_.missed(call);
}

}  // namespace trimtab::benchmark
