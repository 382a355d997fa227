// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "daemon/model/decision.h"
#include "daemon/model/trial.h"
#include "daemon/ports/trial_store.h"

// Records as JSON for the store's text columns. Doubles keep every digit, and
// 1 (an int) stays apart from 1.0 (a double). The From functions throw
// nlohmann::json::exception on text that the To functions didn't write.
namespace trimtab::store_codec {

nlohmann::json ToJson(const Configuration& configuration);
Configuration ConfigurationFrom(const nlohmann::json& json);
nlohmann::json ToJson(const MetricValues& metrics);
MetricValues MetricsFrom(const nlohmann::json& json);
nlohmann::json ToJson(const Trial& trial);
Trial TrialFrom(const nlohmann::json& json);
nlohmann::json ToJson(const Decision& decision);
Decision DecisionFrom(const nlohmann::json& json);
nlohmann::json ToJson(const Checkpoint& checkpoint);
Checkpoint CheckpointFrom(const nlohmann::json& json);
nlohmann::json ToJson(const Intent& intent);
Intent IntentFrom(const nlohmann::json& json);
// Without the histogram.
nlohmann::json ToJson(const HostWindow& window);
HostWindow WindowFrom(const nlohmann::json& json);

}  // namespace trimtab::store_codec
