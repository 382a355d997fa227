// SPDX-License-Identifier: Apache-2.0
#include "client/cli/text.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cctype>
#include <sstream>

namespace trimtab::cli {

using google::protobuf::util::TimeUtil;

std::map<std::string, std::string> Parameters(const v1::SystemConfig& config) {
  std::map<std::string, std::string> result;
  if (config.has_thread_pool_size()) {
    result["thread_pool_size"] = std::to_string(config.thread_pool_size());
  }
  if (config.has_connection_pool_size()) {
    result["connection_pool_size"] = std::to_string(config.connection_pool_size());
  }
  if (config.has_cache_size()) result["cache_size"] = std::to_string(config.cache_size());
  if (config.has_batch_size()) result["batch_size"] = std::to_string(config.batch_size());
  if (config.has_timeout()) {
    result["timeout_ms"] = std::to_string(TimeUtil::DurationToMilliseconds(config.timeout()));
  }
  if (config.has_retry_count()) result["retry_count"] = std::to_string(config.retry_count());
  for (const auto& [name, value] : config.custom_parameters()) {
    switch (value.value_case()) {
      case v1::ParameterValue::kIntValue:
        result[name] = std::to_string(value.int_value());
        break;
      case v1::ParameterValue::kDoubleValue:
        result[name] = fmt::format("{}", value.double_value());
        break;
      case v1::ParameterValue::kBoolValue:
        result[name] = value.bool_value() ? "true" : "false";
        break;
      default:
        result[name] = value.category_value();
    }
  }
  return result;
}

std::string OneLine(const v1::SystemConfig& config) {
  std::string text;
  for (const auto& [name, value] : Parameters(config)) {
    text += (text.empty() ? "" : " ") + name + "=" + value;
  }
  return text;
}

std::string Word(const std::string& name, const std::string& prefix) {
  std::string word = name.substr(std::min(prefix.size(), name.size()));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

std::string StateWord(v1::TunerState state) {
  return Word(v1::TunerState_Name(state), "TUNER_STATE_");
}

std::string ScoreText(const v1::ScoredConfiguration& scored) {
  return scored.has_score() ? fmt::format("{:.3f}", scored.score().value()) : "-";
}

std::string PredictionText(const v1::Prediction& prediction) {
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", prediction.value(), prediction.lower(),
                     prediction.upper());
}

std::string GainText(const v1::Gain& gain) {
  return fmt::format("{:+.1f} % [{:+.1f}, {:+.1f}] at {:.3g} % confidence", gain.percent(),
                     gain.lower_percent(), gain.upper_percent(), gain.confidence() * 100);
}

std::string MetText(const v1::SlaCompliance& compliance) {
  if (!compliance.has_compliant()) return "not known";
  if (compliance.compliant()) return "met";
  std::string broken;
  const auto add = [&broken](bool has, bool met, const char* name) {
    if (has && !met) broken += std::string(broken.empty() ? "" : ", ") + name;
  };
  add(compliance.has_latency_p99_met(), compliance.latency_p99_met(), "latency p99");
  add(compliance.has_throughput_met(), compliance.throughput_met(), "throughput");
  add(compliance.has_availability_met(), compliance.availability_met(), "availability");
  add(compliance.has_error_rate_met(), compliance.error_rate_met(), "error rate");
  return "BROKEN: " + broken;
}

std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      // The last column needs no padding.
      text += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    text += '\n';
  }
  return text;
}

std::string ProgressBar(double share, int width) {
  const double within = std::clamp(share, 0.0, 1.0);
  const int full = static_cast<int>(within * width);
  return fmt::format("[{:#>{}}{:->{}}] {:3.0f} %", "", full, "", width - full, within * 100);
}

std::vector<std::string> Wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    // A number and its unit stay together.
    for (std::string unit; (words >> std::ws).peek() == '%' && words >> unit;) word += ' ' + unit;
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back();
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
    while (lines.back().size() > width) {
      lines.push_back(lines.back().substr(width));
      lines[lines.size() - 2].resize(width);
    }
  }
  return lines;
}

}  // namespace trimtab::cli
