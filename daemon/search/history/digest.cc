// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/history/digest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace trimtab::search {
namespace {

std::vector<double> Metrics(const Observation& observation, const std::vector<std::string>& names) {
  std::vector<double> values;
  for (const std::string& name : names) {
    const auto found = observation.metrics.find(name);
    values.push_back(found == observation.metrics.end() || !std::isfinite(found->second)
                         ? std::numeric_limits<double>::quiet_NaN()
                         : found->second);
  }
  return values;
}

void Add(const Observation& observation, const std::vector<std::string>& names, Record& record) {
  if (observation.pending) {
    ++record.pending;
    return;
  }
  const double score =
      observation.score ? observation.score->value : std::numeric_limits<double>::quiet_NaN();
  // An infinitely bad score is a failure, an infinitely good one a broken
  // measurement.
  const bool failed = observation.verdict == Verdict::kFailed ||
                      (observation.verdict == Verdict::kSuccess && std::isinf(score) && score < 0);
  Sample sample;
  sample.metrics = Metrics(observation, names);
  if (failed) {
    ++record.failures;
    // Its metrics still tell where the limit is.
    sample.score = std::numeric_limits<double>::quiet_NaN();
    const auto known = [](double metric) { return !std::isnan(metric); };
    if (std::any_of(sample.metrics.begin(), sample.metrics.end(), known)) {
      record.samples.push_back(std::move(sample));
    }
    return;
  }
  if (observation.verdict != Verdict::kSuccess || !std::isfinite(score)) {
    ++record.silent;
    return;
  }
  sample.score = score;
  const double error = observation.score->standard_error.value_or(0);
  sample.standard_error = std::isfinite(error) && error > 0 ? error : 0;
  record.samples.push_back(std::move(sample));
}

// Orders NaN before all numbers.
double Rank(double value) {
  return std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
}

}  // namespace

bool operator<(const Sample& a, const Sample& b) {
  if (Rank(a.score) != Rank(b.score)) return Rank(a.score) < Rank(b.score);
  if (a.standard_error != b.standard_error) return a.standard_error < b.standard_error;
  return std::lexicographical_compare(a.metrics.begin(), a.metrics.end(), b.metrics.begin(),
                                      b.metrics.end(),
                                      [](double x, double y) { return Rank(x) < Rank(y); });
}

bool Record::measured() const {
  return std::any_of(samples.begin(), samples.end(),
                     [](const Sample& each) { return !std::isnan(each.score); });
}

Digest Digest::Of(const Encoder& encoder, const std::vector<Observation>& history,
                  const std::vector<std::string>& metrics) {
  Digest digest;
  std::map<Eigen::RowVectorXd, Record, decltype(&RowLess)> records(&RowLess);
  for (const Observation& observation : history) {
    const std::optional<Eigen::RowVectorXd> place = encoder.Encode(observation.config);
    if (!place) continue;
    Record& record = records[*place];
    record.place = *place;
    Add(observation, metrics, record);
  }
  for (auto& [place, record] : records) {
    std::sort(record.samples.begin(), record.samples.end());
    digest.records.push_back(std::move(record));
  }
  return digest;
}

std::uint64_t Measurements(const Digest& digest) {
  std::uint64_t count = 0;
  for (const Record& record : digest.records) {
    count += record.samples.size() + static_cast<std::uint64_t>(record.failures);
  }
  return count;
}

bool SameMeasurements(const Digest& a, const Digest& b) {
  const auto taught = [](const Record& record) {
    return !record.samples.empty() || record.failures > 0;
  };
  auto x = a.records.begin();
  auto y = b.records.begin();
  while (true) {
    x = std::find_if(x, a.records.end(), taught);
    y = std::find_if(y, b.records.end(), taught);
    if (x == a.records.end() || y == b.records.end()) {
      return x == a.records.end() && y == b.records.end();
    }
    const auto same = [](const Sample& s, const Sample& t) { return !(s < t) && !(t < s); };
    if (x->place != y->place || x->failures != y->failures ||
        !std::equal(x->samples.begin(), x->samples.end(), y->samples.begin(), y->samples.end(),
                    same)) {
      return false;
    }
    ++x;
    ++y;
  }
}

}  // namespace trimtab::search
