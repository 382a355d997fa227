// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/compare.h"

#include <fmt/format.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>

namespace trimtab::benchmark {
namespace {

// A variance from fewer batches isn't worth its name.
constexpr std::size_t kFewestBatches = 5;
// Nor are batches joined down to fewer than this.
constexpr std::size_t kFewestJoined = 7;

struct Spec {
  const char* metric;
  bool higher_is_better;
  std::function<double(const Result&)> whole;
  std::function<double(const Batch&)> of_batch;
  // Latencies that a batch must hold.
  std::int64_t needed;
};

double Quantile(const Result& result, double q) { return result.latency.QuantileNs(q).value_or(0); }

std::vector<Spec> Specs() {
  return {
      {"throughput_ops_per_second", true,
       [](const Result& result) { return result.ThroughputOps(); },
       [](const Batch& batch) {
         return static_cast<double>(batch.succeeded) /
                std::chrono::duration<double>(batch.length).count();
       },
       1},
      {"latency_mean_ns", false,
       [](const Result& result) { return result.latency.MeanNs().value_or(0); },
       [](const Batch& batch) { return batch.mean_ns; }, 1},
      {"latency_p50_ns", false, [](const Result& result) { return Quantile(result, 0.5); },
       [](const Batch& batch) { return batch.p50_ns; }, 2},
      {"latency_p95_ns", false, [](const Result& result) { return Quantile(result, 0.95); },
       [](const Batch& batch) { return batch.p95_ns; }, 20},
      {"latency_p99_ns", false, [](const Result& result) { return Quantile(result, 0.99); },
       [](const Batch& batch) { return batch.p99_ns; }, 100},
      {"latency_p999_ns", false, [](const Result& result) { return Quantile(result, 0.999); },
       [](const Batch& batch) { return batch.p999_ns; }, 1000},
  };
}

struct Moments {
  std::size_t count = 0;
  double mean = 0;
  double variance = 0;
  // Of neighbours, -1 to 1.
  double correlation = 0;
};

Moments MomentsOf(const std::vector<double>& values) {
  Moments moments;
  moments.count = values.size();
  for (const double value : values) moments.mean += value / static_cast<double>(values.size());
  double squares = 0;
  double products = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double off = values[i] - moments.mean;
    squares += off * off;
    if (i > 0) products += off * (values[i - 1] - moments.mean);
  }
  moments.variance = squares / static_cast<double>(values.size() - 1);
  if (squares > 0) moments.correlation = products / squares;
  return moments;
}

// The logarithms of a run's observations; empty, with the reason, where they
// say nothing.
std::vector<double> Observations(const Result& result, const Spec& spec, std::string* why) {
  std::vector<double> logarithms;
  if (result.batches.size() < kFewestBatches) {
    *why = fmt::format("a run has only {} batches; {} are needed", result.batches.size(),
                       kFewestBatches);
    return {};
  }
  for (const Batch& batch : result.batches) {
    const double value = spec.of_batch(batch);
    if (batch.latencies < spec.needed || !(value > 0) || !std::isfinite(value)) {
      *why = fmt::format("a batch has only {} latencies; {} are needed: run it longer",
                         batch.latencies, spec.needed);
      return {};
    }
    logarithms.push_back(std::log(value));
  }
  return logarithms;
}

double Percent(double logarithm) { return 100 * std::expm1(logarithm); }

Verdict Judge(const MetricComparison& metric, double margin_percent) {
  const double low = metric.higher_is_better ? -*metric.high_percent : *metric.low_percent;
  const double high = metric.higher_is_better ? -*metric.low_percent : *metric.high_percent;
  if (low > margin_percent) return Verdict::kWorse;
  if (high < -margin_percent) return Verdict::kBetter;
  if (low >= -margin_percent && high <= margin_percent) return Verdict::kSame;
  return Verdict::kUncertain;
}

// Whether neighbours are more alike than chance would have it, at about 95 %.
bool Depends(const Moments& moments) {
  return moments.correlation > 2 / std::sqrt(static_cast<double>(moments.count));
}

// Joins neighbours, which makes them longer and less alike, while that is needed
// and enough of them are left.
std::vector<double> JoinWhileDependent(std::vector<double> values) {
  while (values.size() / 2 >= kFewestJoined && Depends(MomentsOf(values))) {
    std::vector<double> joined;
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
      joined.push_back((values[i] + values[i + 1]) / 2);
    }
    values = std::move(joined);
  }
  return values;
}

void CompareObservations(const std::vector<double>& before, const std::vector<double>& after,
                         double confidence, MetricComparison* metric) {
  const Moments a = MomentsOf(JoinWhileDependent(before));
  const Moments b = MomentsOf(JoinWhileDependent(after));
  const double share_a = a.variance / static_cast<double>(a.count);
  const double share_b = b.variance / static_cast<double>(b.count);
  const double difference = b.mean - a.mean;
  double half = 0;
  // Without any spread the interval has no width.
  if (share_a + share_b > 0) {
    const double freedom = (share_a + share_b) * (share_a + share_b) /
                           (share_a * share_a / static_cast<double>(a.count - 1) +
                            share_b * share_b / static_cast<double>(b.count - 1));
    const boost::math::students_t student(freedom);
    half = boost::math::quantile(student, (1 + confidence) / 2) * std::sqrt(share_a + share_b);
  }
  metric->change_percent = Percent(difference);
  metric->low_percent = Percent(difference - half);
  metric->high_percent = Percent(difference + half);
  if (Depends(a) || Depends(b)) {
    metric->note =
        "neighbouring batches depend on each other: the interval is too narrow; run it longer";
  }
}

std::vector<std::string> Differences(const Result& before, const Result& after) {
  std::vector<std::string> warnings;
  // The seed makes no difference that matters.
  Load a = before.load;
  a.seed = after.load.seed;
  if (a != after.load) {
    warnings.push_back(
        fmt::format("the loads differ: {}, then {}", Describe(before.load), Describe(after.load)));
  }
  if (before.request_bytes != after.request_bytes) {
    warnings.emplace_back("the sizes of the requests differ");
  }
  const double more = after.FailedPercent() - before.FailedPercent();
  if (std::abs(more) > 0.1) {
    warnings.push_back(
        fmt::format("{:.3g} % of the requests failed before and {:.3g} % after: "
                    "the latencies are of different requests",
                    before.FailedPercent(), after.FailedPercent()));
  }
  if (before.load.open() && before.load == after.load) {
    warnings.emplace_back("with an open loop, throughput is what was sent: compare the latencies");
  }
  return warnings;
}

}  // namespace

const char* Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "worse";
    case Verdict::kSame:
      return "same";
    case Verdict::kUncertain:
      return "uncertain";
    case Verdict::kUnknown:
      return "unknown";
  }
  return "unknown";
}

Comparison Compare(const Result& before, const Result& after, const CompareOptions& options) {
  Comparison comparison;
  comparison.name = before.name == after.name ? before.name : before.name + " and " + after.name;
  comparison.confidence = options.confidence;
  comparison.margin_percent = options.margin_percent;
  comparison.warnings = Differences(before, after);
  for (const Spec& spec : Specs()) {
    MetricComparison metric;
    metric.metric = spec.metric;
    metric.higher_is_better = spec.higher_is_better;
    metric.before = spec.whole(before);
    metric.after = spec.whole(after);
    const std::vector<double> a = Observations(before, spec, &metric.note);
    const std::vector<double> b = Observations(after, spec, &metric.note);
    if (!a.empty() && !b.empty()) {
      metric.note.clear();
      CompareObservations(a, b, options.confidence, &metric);
      metric.verdict = Judge(metric, options.margin_percent);
    }
    comparison.metrics.push_back(std::move(metric));
  }
  return comparison;
}

}  // namespace trimtab::benchmark
