// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/v1/tuner.pb.h>

#include <string>
#include <vector>

// What people read, as text; nothing here prints.
namespace trimtab::cli {

// Baseline against incumbent: every metric and parameter of either, SLA, gain,
// and how much each parameter matters where that is known.
std::string Report(const v1::TunerStatus& status);
// The Pareto front: score, p99, throughput, memory and the configuration.
std::string FrontTable(const v1::GetBestConfigurationResponse& best);
// Each requirement: what is demanded, the newest window's figure and whether it
// meets it; and what is left of the error budget.
std::string SlaTable(const v1::GetSlaComplianceResponse& sla);
std::string TrialTable(const std::vector<v1::Trial>& trials);
std::string AuditTable(const std::vector<v1::AuditRecord>& records);
std::string DecisionTable(const std::vector<v1::Decision>& decisions);

}  // namespace trimtab::cli
