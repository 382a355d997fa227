// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "client/runtime/benchmark/units.h"

namespace trimtab::benchmark {
namespace {

constexpr std::size_t kRows = 16;
// Widths of what stands beside a bar.
constexpr std::size_t kLabel = 24;
constexpr std::size_t kShare = 10;
constexpr std::size_t kShortestBar = 8;

std::size_t BarWidth(std::size_t columns) {
  return std::max(kShortestBar, columns - std::min(columns, kLabel + kShare));
}

}  // namespace

std::string PlotDistribution(const Histogram& latency, std::size_t columns) {
  if (latency.count() == 0) return "";
  const double low = static_cast<double>(std::max<std::uint64_t>(1, *latency.MinNs()));
  const double high = std::max(low * 1.001, static_cast<double>(*latency.MaxNs()));
  // A narrow distribution has fewer rows than buckets to fill them with.
  const double spread = std::log(high / low);
  const auto rows = std::clamp<std::size_t>(static_cast<std::size_t>(spread / 0.03), 1, kRows);
  std::vector<std::uint64_t> counts(rows);
  for (std::size_t i = 0; i < latency.counts().size(); ++i) {
    if (latency.counts()[i] == 0) continue;
    const auto index = static_cast<std::uint32_t>(i);
    const double middle = (static_cast<double>(LogLinearBuckets::LowerBound(index)) +
                           static_cast<double>(LogLinearBuckets::UpperBound(index))) /
                          2;
    const double place = std::log(std::clamp(middle, low, high) / low) / spread;
    counts[std::min(rows - 1, static_cast<std::size_t>(place * static_cast<double>(rows)))] +=
        latency.counts()[i];
  }
  const std::uint64_t most = *std::max_element(counts.begin(), counts.end());
  std::string plot;
  for (std::size_t row = 0; row < rows; ++row) {
    const double step = spread / static_cast<double>(rows);
    const double from = low * std::exp(step * static_cast<double>(row));
    const double to = low * std::exp(step * static_cast<double>(row + 1));
    const double length = static_cast<double>(BarWidth(columns)) *
                          static_cast<double>(counts[row]) / static_cast<double>(most);
    const auto marks = static_cast<std::size_t>(std::ceil(length));
    plot +=
        fmt::format("{:>9} - {:<9} |{}{:>6.2f} %\n", FormatNanos(from), FormatNanos(to),
                    fmt::format("{:<{}}", std::string(marks, '#'), BarWidth(columns)),
                    100 * static_cast<double>(counts[row]) / static_cast<double>(latency.count()));
  }
  return plot;
}

std::string PlotOverTime(const Result& result, std::size_t columns) {
  double highest = 0;
  for (const Batch& batch : result.batches) highest = std::max(highest, batch.p99_ns);
  if (highest <= 0) return "";
  const std::size_t width = BarWidth(columns);
  const auto place = [&](double ns) {
    return std::min(width - 1, static_cast<std::size_t>(ns / highest * static_cast<double>(width)));
  };
  std::string plot = fmt::format("{:>9}  {:>9}    o: p50, #: p99\n", "from", "p99");
  for (const Batch& batch : result.batches) {
    if (batch.latencies == 0) continue;
    std::string row(width, ' ');
    std::fill(row.begin() + static_cast<std::ptrdiff_t>(place(batch.p50_ns)),
              row.begin() + static_cast<std::ptrdiff_t>(place(batch.p99_ns)), '-');
    row[place(batch.p99_ns)] = '#';
    row[place(batch.p50_ns)] = 'o';
    row.erase(row.find_last_not_of(' ') + 1);
    plot += fmt::format("{:>7.1f} s  {:>9}    |{}\n",
                        std::chrono::duration<double>(batch.begin).count(),
                        FormatNanos(batch.p99_ns), row);
  }
  return plot;
}

}  // namespace trimtab::benchmark
