// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "client/runtime/benchmark/plot.h"
#include "client/runtime/benchmark/units.h"

namespace trimtab::benchmark {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kDocumentColumns = 76;

double Seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

std::string Latency(const std::optional<double>& ns) { return ns ? FormatNanos(*ns) : "-"; }

std::string Memory(const MemoryUse& memory) {
  if (!memory.before || !memory.after || !memory.peak) return "not known";
  return fmt::format("{} before, {} after, {} at most",
                     FormatBytes(static_cast<double>(*memory.before)),
                     FormatBytes(static_cast<double>(*memory.after)),
                     FormatBytes(static_cast<double>(*memory.peak)));
}

Rows RowsOf(const Result& result) {
  Rows rows;
  for (const auto& [label, value] : result.labels) rows.emplace_back(label, value);
  rows.emplace_back("load", Describe(result.load));
  if (result.request_bytes)
    rows.emplace_back("request", fmt::format("{} B", *result.request_bytes));
  rows.emplace_back(
      "measured", fmt::format("{:.3f} s after {:.3g} s of warm-up{}", Seconds(result.length),
                              Seconds(result.warm_up), result.interrupted ? ", interrupted" : ""));
  rows.emplace_back("iterations",
                    fmt::format("{}: {} ok, {} errors, {} timeouts, {} missed", result.iterations(),
                                result.succeeded, result.errors, result.timeouts, result.missed));
  rows.emplace_back("throughput",
                    fmt::format("{} a second, {} a second", FormatCount(result.ThroughputOps()),
                                FormatBytes(result.ThroughputBytes())));
  const Histogram& latency = result.latency;
  const auto whole = [](std::optional<std::uint64_t> ns) {
    return Latency(ns ? std::optional(static_cast<double>(*ns)) : std::nullopt);
  };
  rows.emplace_back("total", latency.count() > 0 ? FormatNanos(latency.sum_ns()) : "-");
  rows.emplace_back("average", Latency(latency.MeanNs()));
  rows.emplace_back("min", whole(latency.MinNs()));
  for (const NamedQuantile& each : kQuantiles) {
    rows.emplace_back(each.name, Latency(latency.QuantileNs(each.q)));
  }
  rows.emplace_back("max", whole(latency.MaxNs()));
  rows.emplace_back("memory", Memory(result.memory));
  return rows;
}

// Texts from outside must not break a table.
std::string Cell(std::string text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

// A value in the unit of its name.
std::string Value(const MetricComparison& metric, double value) {
  return metric.metric.ends_with("_ns") ? FormatNanos(value) : FormatCount(value);
}

std::string Interval(const MetricComparison& metric) {
  if (!metric.change_percent) return "-";
  return fmt::format("{:+.2f} % [{:+.2f}, {:+.2f}]", *metric.change_percent, *metric.low_percent,
                     *metric.high_percent);
}

std::string Method(const Comparison& comparison) {
  return fmt::format(
      "change with its {:g} % interval (batch means, Welch); changes within {:g} % are the same",
      comparison.confidence * 100, comparison.margin_percent);
}

}  // namespace

std::string ReportText(const Result& result, std::size_t columns) {
  std::string text = result.name + "\n";
  for (const auto& [name, value] : RowsOf(result))
    text += fmt::format("  {:<11} {}\n", name, value);
  for (const auto& [error, count] : result.error_texts) {
    text += fmt::format("  failed {:>5} times: {}\n", count, error);
  }
  for (const std::string& warning : result.warnings) text += "  warning: " + warning + "\n";
  if (const std::string plot = PlotDistribution(result.latency, columns); !plot.empty()) {
    text += "\nlatency\n" + plot;
  }
  if (const std::string plot = PlotOverTime(result, columns); !plot.empty()) {
    text += "\nlatency over time\n" + plot;
  }
  return text;
}

std::string ReportMarkdown(const Result& result) {
  std::string text = "### " + Cell(result.name) + "\n\n| | |\n|---|---|\n";
  for (const auto& [name, value] : RowsOf(result)) {
    text += fmt::format("| {} | {} |\n", Cell(name), Cell(value));
  }
  for (const auto& [error, count] : result.error_texts) {
    text += fmt::format("| failed {} times | {} |\n", count, Cell(error));
  }
  for (const std::string& warning : result.warnings) {
    text += fmt::format("| warning | {} |\n", Cell(warning));
  }
  const std::string plot = PlotDistribution(result.latency, kDocumentColumns);
  if (!plot.empty()) text += "\n```\n" + plot + "```\n";
  return text;
}

std::string SummaryText(const std::vector<Result>& results) {
  std::size_t width = 4;
  for (const Result& result : results) width = std::max(width, result.name.size());
  std::string text = fmt::format("{:<{}} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>8}\n", "name",
                                 width, "ops/s", "average", "p50", "p95", "p99", "p999", "failed");
  for (const Result& result : results) {
    const Histogram& latency = result.latency;
    text += fmt::format("{:<{}} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>6.2f} %\n",
                        result.name, width, FormatCount(result.ThroughputOps()),
                        Latency(latency.MeanNs()), Latency(latency.QuantileNs(0.5)),
                        Latency(latency.QuantileNs(0.95)), Latency(latency.QuantileNs(0.99)),
                        Latency(latency.QuantileNs(0.999)), result.FailedPercent());
  }
  return text;
}

std::string SummaryMarkdown(const std::vector<Result>& results) {
  std::string text =
      "| name | ops/s | average | p50 | p95 | p99 | p999 | failed |\n"
      "|---|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const Result& result : results) {
    const Histogram& latency = result.latency;
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {:.2f} % |\n", Cell(result.name),
                        FormatCount(result.ThroughputOps()), Latency(latency.MeanNs()),
                        Latency(latency.QuantileNs(0.5)), Latency(latency.QuantileNs(0.95)),
                        Latency(latency.QuantileNs(0.99)), Latency(latency.QuantileNs(0.999)),
                        result.FailedPercent());
  }
  return text;
}

std::string ComparisonText(const Comparison& comparison) {
  std::string text = comparison.name + ": " + Method(comparison) + "\n";
  for (const MetricComparison& metric : comparison.metrics) {
    text += fmt::format("  {:<26} {:>9} -> {:<9} {:<30} {}{}\n", metric.metric,
                        Value(metric, metric.before), Value(metric, metric.after), Interval(metric),
                        Name(metric.verdict), metric.note.empty() ? "" : ": " + metric.note);
  }
  for (const std::string& warning : comparison.warnings) text += "  warning: " + warning + "\n";
  return text;
}

std::string ComparisonMarkdown(const Comparison& comparison) {
  std::string text =
      "### " + Cell(comparison.name) + "\n\n" + Method(comparison) +
      "\n\n| metric | before | after | change | verdict |\n|---|---:|---:|---:|---|\n";
  for (const MetricComparison& metric : comparison.metrics) {
    text += fmt::format("| {} | {} | {} | {} | {}{} |\n", metric.metric,
                        Value(metric, metric.before), Value(metric, metric.after), Interval(metric),
                        Name(metric.verdict), metric.note.empty() ? "" : ": " + metric.note);
  }
  for (const std::string& warning : comparison.warnings) text += "\nWarning: " + warning + "\n";
  return text;
}

std::string ComparisonJson(const std::vector<Comparison>& comparisons) {
  using Json = nlohmann::ordered_json;
  const auto optional = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json();
  };
  Json list = Json::array();
  for (const Comparison& comparison : comparisons) {
    Json json;
    json["name"] = comparison.name;
    json["confidence"] = comparison.confidence;
    json["margin_percent"] = comparison.margin_percent;
    json["metrics"] = Json::array();
    for (const MetricComparison& metric : comparison.metrics) {
      Json each;
      each["metric"] = metric.metric;
      each["before"] = metric.before;
      each["after"] = metric.after;
      each["change_percent"] = optional(metric.change_percent);
      each["low_percent"] = optional(metric.low_percent);
      each["high_percent"] = optional(metric.high_percent);
      each["verdict"] = Name(metric.verdict);
      each["note"] = metric.note;
      json["metrics"].push_back(std::move(each));
    }
    json["warnings"] = comparison.warnings;
    list.push_back(std::move(json));
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace trimtab::benchmark
