// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/tally.h"

#include <algorithm>
#include <utility>

#include "client/runtime/benchmark/process_memory.h"

namespace trimtab::benchmark {
namespace {

// Batches of a result. Twenty to thirty is what the literature on batch means
// finds enough (Schmeiser, "Batch Size Effects in the Analysis of Simulation
// Output", Operations Research 30, 1982); fewer, longer ones depend less on each
// other.
constexpr std::size_t kMaxBatches = 30;

Batch ToBatch(const Slice& slice) {
  Batch batch;
  batch.begin = slice.begin;
  batch.length = slice.length;
  batch.succeeded = slice.ok;
  batch.failed = slice.errors + slice.timeouts + slice.missed;
  batch.latencies = static_cast<std::int64_t>(slice.latency.count());
  if (batch.latencies == 0) return batch;
  batch.mean_ns = *slice.latency.MeanNs();
  batch.p50_ns = *slice.latency.QuantileNs(0.5);
  batch.p95_ns = *slice.latency.QuantileNs(0.95);
  batch.p99_ns = *slice.latency.QuantileNs(0.99);
  batch.p999_ns = *slice.latency.QuantileNs(0.999);
  return batch;
}

}  // namespace

void Tally::Worker::Add(const Sample& sample) {
  samples_.push_back(sample);
  if (samples_.size() < kBatch && sample.ended - handed_ < kLongest) return;
  handed_ = sample.ended;
  tally_.Take(samples_, handed_);
}

Tally::Tally(MonotonicTime start, Options options)
    : start_(start),
      options_(std::move(options)),
      timeline_(start),
      last_end_(start),
      told_(start) {
  const MutexLock lock(mutex_);
  ReadMemory();
  memory_.before = memory_.after;
}

void Tally::CountError(const absl::Status& error) {
  std::string text(error.message());
  if (text.empty()) text = absl::StatusCodeToString(error.code());
  const MutexLock lock(mutex_);
  // Texts that differ each time must not fill the memory.
  if (errors_.size() + 1 >= Result::kMaxErrorTexts && !errors_.contains(text)) text = "others";
  ++errors_[text];
}

void Tally::Take(std::vector<Sample>& samples, MonotonicTime now) {
  const MutexLock lock(mutex_);
  for (const Sample& sample : samples) {
    total_.Add(sample);
    timeline_.Add(sample);
    last_end_ = std::max(last_end_, sample.ended);
  }
  samples.clear();
  if (now - told_ < Worker::kLongest) return;
  told_ = now;
  ReadMemory();
  if (!options_.on_progress) return;
  Progress progress = options_.progress;
  progress.elapsed = now - start_;
  progress.succeeded = total_.ok;
  progress.failed = total_.errors + total_.timeouts + total_.missed;
  progress.p99_ns = total_.latency.QuantileNs(0.99);
  options_.on_progress(progress);
}

void Tally::ReadMemory() {
  memory_.after = ReadResidentBytes(options_.pid);
  if (memory_.after) memory_.peak = std::max(memory_.peak.value_or(0), *memory_.after);
}

void Tally::Finish(std::optional<Duration> asked, Result* result) && {
  const MutexLock lock(mutex_);
  ReadMemory();
  result->memory = memory_;
  result->length = std::max({Duration(last_end_ - start_), asked.value_or(Duration::zero())});
  result->succeeded = total_.ok;
  result->errors = total_.errors;
  result->timeouts = total_.timeouts;
  result->missed = total_.missed;
  result->payload_bytes = total_.bytes;
  result->latency = total_.latency;
  result->error_texts = errors_;
  result->batches.clear();
  for (const Slice& slice : std::move(timeline_).Take(result->length, kMaxBatches)) {
    result->batches.push_back(ToBatch(slice));
  }
}

}  // namespace trimtab::benchmark
