// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/client.h>

#include <cstdint>
#include <string>
#include <vector>

namespace trimtab::cli {

// What the command line says.
struct Options {
  TunerClientOptions connection;
  int timeout_ms = 5000;
  std::string output = "text";
  std::string reason;
  int limit = 20;
  int pause_s = 0;
  std::int64_t decision = 0;
  std::vector<std::string> values;
  std::string file;
  bool pareto = false;
  bool until_holding = false;
  int watch_s = 0;
};

// The commands that speak with a daemon. Each says what it has to say and returns
// the exit code.
class Cli {
 public:
  explicit Cli(const Options& options);

  int Status();
  int Report();
  int Best();
  int Sla();
  int Trials();
  int Decisions();
  int Audit();
  // Redraws a screen on a terminal; elsewhere a line for each change.
  int Watch();
  int Start();
  int Pause();
  int Resume();
  int Stop();
  int Rollback();
  int Pin();
  int Approve();
  int Reject();
  int Export();
  int Import();

 private:
  bool json() const { return options_.output == "json"; }
  int Print(const google::protobuf::Message& message, const std::string& text);
  template <typename Record>
  int PrintList(const absl::StatusOr<std::vector<Record>>& records,
                std::string (*table)(const std::vector<Record>&));
  int Commanded(const absl::StatusOr<v1::TunerStatus>& status);

  const Options& options_;
  TunerClient client_;
};

}  // namespace trimtab::cli
