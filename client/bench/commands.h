// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/bench/grpc_target.h"
#include "client/bench/http_target.h"
#include "client/bench/target.h"
#include "client/runtime/benchmark/load.h"

// What trimtab-bench does, once its command line is read. Each command writes
// its result to standard output and its errors to standard error, and returns
// the exit code.
namespace trimtab::bench {

// Also kExitInterrupted.
inline constexpr int kExitOk = 0;
// The benchmark failed: above all, when no request succeeded.
inline constexpr int kExitFailed = 1;
// A wrong option, or a file that can't be used.
inline constexpr int kExitUsage = 2;
// Nobody answers at the target.
inline constexpr int kExitUnreachable = 3;
// `compare --fail-if-worse`: the second is worse.
inline constexpr int kExitWorse = 4;

enum class Format { kText, kJson, kMarkdown };

struct RunCommand {
  std::string name;
  benchmark::Load load;
  double warm_up_s = 1;
  std::optional<double> duration_s;
  std::optional<std::int64_t> count;
  // A run for each; none for the request as it is.
  std::vector<std::int64_t> request_bytes;
  int memory_pid = 0;
  Format format = Format::kText;
  std::string save;
  bool progress = true;
};
int RunBenchmarks(const RunCommand& command, Target& target);

struct CompareCommand {
  std::string before;
  std::string after;
  double confidence_percent = 95;
  double margin_percent = 1;
  bool fail_if_worse = false;
  Format format = Format::kText;
};
int CompareFiles(const CompareCommand& command);

int ShowFile(const std::string& path, Format format);

}  // namespace trimtab::bench
