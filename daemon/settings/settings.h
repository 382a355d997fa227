// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/access/access_settings.h"
#include "daemon/model/audit.h"
#include "daemon/model/policy.h"
#include "daemon/tls/tls_files.h"

namespace trimtab {

// One mistake, where it is and what would be right.
struct SettingsError {
  // As in "measure.min_windows".
  std::string path;
  // From 1; 0 when it belongs to no line.
  int line = 0;
  int column = 0;
  std::string value;
  std::string message;
};

// Everything that the operator sets, parsed and checked once. Immutable.
struct Settings {
  enum class MetricsMode { kAuto, kStream, kPoll, kBenchmark };

  TuningPolicy tuning;
  struct Host {
    std::string address = "127.0.0.1:7400";
    Duration rpc_timeout = std::chrono::seconds(2);
    MetricsMode metrics = MetricsMode::kAuto;
    Duration poll_interval = std::chrono::seconds(1);
    // Of kBenchmark: how long one run measures, and how long the first run on a
    // new configuration goes before that.
    Duration benchmark_duration = std::chrono::seconds(5);
    Duration benchmark_warm_up = std::chrono::seconds(5);
    // Without: the host is on this machine.
    TlsFiles tls;
    // What the host's certificate must be for; empty: the address's host.
    std::string tls_server_name;
  } host;
  std::string store_path = "/var/lib/trimtab/trimtab.db";
  AuditRetention audit;
  std::string api_listen = "unix:/run/trimtab/api.sock";
  // Of the socket; empty: the process's own.
  std::string api_socket_group;
  // Empty: not served.
  std::string api_health_listen;
  // `ca`: who signs the clients' certificates.
  TlsFiles api_tls;
  AccessSettings access;
  ApiLimits limits;
  std::string telemetry_listen = "127.0.0.1:7412";
  // `ca`: who signs the certificates of those who may read it.
  TlsFiles telemetry_tls;
  bool log_json = false;
  // "debug", "info", "warning", "error".
  std::string log_level = "info";
  // What the file gives, by path, as it was written.
  std::map<std::string, std::string> given;
  // What it gives that has no effect, and why; no mistake, but perhaps not meant.
  std::vector<SettingsError> warnings;
};

// Settings, or every mistake found, up to a hundred.
struct LoadResult {
  std::optional<Settings> settings;
  std::vector<SettingsError> errors;
};

LoadResult LoadSettings(const std::string& file);
LoadResult ParseSettings(const std::string& text);

// Why no server may listen, and no client connect, at an address; empty: it may.
// Without TLS only this machine may take part.
std::string WhyNotAllowed(const std::string& address, bool tls);

// A line each: "FILE:LINE:COLUMN: PATH: 'VALUE' MESSAGE". What is long is cut, what
// would steer a terminal left out.
std::string FormatErrors(const std::string& file, const std::vector<SettingsError>& errors);

// What a file may hold, as a JSON Schema (draft 7) for editors.
std::string SettingsSchema();

// The settings that a reload can't swap and that differ, by path.
std::vector<std::string> NeedsRestart(const Settings& before, const Settings& after);

// What two files give differently, as in "tuning.mode: auto -> approve"; of what has
// to do with secrets the path alone.
std::vector<std::string> Changes(const Settings& before, const Settings& after);

}  // namespace trimtab
