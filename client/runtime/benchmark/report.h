// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "client/runtime/benchmark/compare.h"
#include "client/runtime/benchmark/result.h"

namespace trimtab::benchmark {

// One result in full, with its plots, for a terminal of so many columns.
std::string ReportText(const Result& result, std::size_t columns);
// The same for a document, as a table, with the plot as a block of code.
std::string ReportMarkdown(const Result& result);

// Several results beside each other, a row each.
std::string SummaryText(const std::vector<Result>& results);
std::string SummaryMarkdown(const std::vector<Result>& results);

// What differs between two results, a row for each metric.
std::string ComparisonText(const Comparison& comparison);
std::string ComparisonMarkdown(const Comparison& comparison);
std::string ComparisonJson(const std::vector<Comparison>& comparisons);

}  // namespace trimtab::benchmark
