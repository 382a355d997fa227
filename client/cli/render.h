// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/v1/tuner.pb.h>

#include <string>
#include <utility>
#include <vector>

// What people read, as text; nothing here prints.
namespace trimtab::cli {

// Every parameter of a configuration by name, as text.
std::vector<std::pair<std::string, std::string>> Parameters(const v1::SystemConfig& config);
std::string OneLine(const v1::SystemConfig& config);
// Columns as wide as their widest cell; the first row is the head.
std::string Table(const std::vector<std::vector<std::string>>& rows);
// "[######----]  60 %".
std::string ProgressBar(double share, int width);

// A screenful of what the daemon does.
std::string StatusScreen(const v1::TunerStatus& status);
// One line of it, for logs.
std::string StatusLine(const v1::TunerStatus& status);
// Baseline against incumbent: metrics, SLA, parameters, gain.
std::string Report(const v1::TunerStatus& status);
// The Pareto front: score, p99, throughput, memory and the configuration.
std::string FrontTable(const v1::GetBestConfigurationResponse& best);
std::string TrialTable(const std::vector<v1::Trial>& trials);
std::string DecisionTable(const std::vector<v1::Decision>& decisions);

}  // namespace trimtab::cli
