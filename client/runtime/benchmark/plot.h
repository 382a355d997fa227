// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "client/runtime/benchmark/result.h"

namespace trimtab::benchmark {

// Plots for a terminal of so many columns, at least 40; plain ASCII, a line feed
// after each line. Empty where there is nothing to show.

// How the latencies are distributed: a bar for each of some equal steps of the
// logarithm of latency, so that a tail of a few slow requests is seen beside
// many fast ones. A bar that stands for anything is at least one mark long.
std::string PlotDistribution(const Histogram& latency, std::size_t columns);

// p50 and p99 over the run, a row for each of `result.batches` that has any
// latencies, on one linear scale: what warms up, drifts or stalls is seen.
std::string PlotOverTime(const Result& result, std::size_t columns);

}  // namespace trimtab::benchmark
