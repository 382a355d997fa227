// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

// What a C++ service links to become tunable: it names its parameters, records
// its requests, and serves trimtab.v1.HostService.
namespace trimtab {
class Clock;
}

namespace trimtab::host {

class Recorder;

// The value of a parameter: whole number, real number, switch or category.
using Value = std::variant<std::int64_t, double, bool, std::string>;
// Values by the name of their parameter.
using Values = std::map<std::string, Value, std::less<>>;

// How a host presents itself. `service` and `instance` must not be empty.
struct HostOptions {
  // Name of the service, the same for all its instances.
  std::string service = {};
  // Name of this instance, stable over restarts.
  std::string instance = {};
  // Where to serve: "ADDRESS:PORT" (port 0: any free one) or "unix:PATH". Without
  // `tls` an address must be of this machine: 127.0.0.1, [::1] or localhost.
  std::string listen = "127.0.0.1:0";
  // Mutual TLS, for a tuner elsewhere; all PEM files or none. Only who shows a
  // certificate that `client_ca` signed is served. Files that change are used
  // from the next window on; a change that is wrong is logged and left out.
  struct Tls {
    std::string certificate = {};
    std::string key = {};
    std::string client_ca = {};
  } tls = {};
  // Length of a window of measurement; from 10 ms.
  std::chrono::nanoseconds window_length = std::chrono::seconds(1);
  // Longest lease granted; a longer one asked for is cut to it.
  std::chrono::nanoseconds max_lease = std::chrono::minutes(5);
  // Closed windows kept for readers that come late; from 1.
  std::size_t retained_windows = 300;
  // Told of every change and every refusal in a sentence; may be empty. Called
  // by any thread.
  std::function<void(const std::string&)> log = {};
  // Source of time; null for the machine's own. Must outlive the host.
  Clock* clock = nullptr;
};

// A whole number within [min, max]. `unit` and `description` are for people.
struct IntParameter {
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t initial = 0;
  std::string unit = {};
  std::string description = {};
  // The parameter is shown but a change is never made live.
  bool needs_restart = false;
};

// A real number within [min, max]; all finite.
struct DoubleParameter {
  double min = 0;
  double max = 0;
  double initial = 0;
  std::string unit = {};
  std::string description = {};
  bool needs_restart = false;
};

// A switch.
struct BoolParameter {
  bool initial = false;
  std::string description = {};
  bool needs_restart = false;
};

// One of a list of names.
struct CategoryParameter {
  std::vector<std::string> categories = {};
  std::string initial = {};
  std::string description = {};
  bool needs_restart = false;
};

// How a request ended.
enum class Outcome { kOk, kError, kTimeout };

// One request being timed. Movable; used by one thread at a time, any thread.
// A timer that is destroyed unfinished counts its request as an error: a path
// that forgets Finish() must not look fast. Must not outlive its TunableHost.
class RequestTimer {
 public:
  RequestTimer(RequestTimer&& other) noexcept;
  RequestTimer& operator=(RequestTimer&& other) noexcept;
  ~RequestTimer();

  // Ends the request; later calls do nothing. `payload_bytes` counts only for
  // kOk.
  void Finish(Outcome outcome, std::int64_t payload_bytes = 0);

 private:
  friend class MetricsRecorder;
  RequestTimer(Recorder* recorder, std::chrono::steady_clock::time_point start);

  Recorder* recorder_;
  std::chrono::steady_clock::time_point start_;
  std::int64_t generation_;
};

// Records requests. Thread-safe; some tens of nanoseconds a call.
class MetricsRecorder {
 public:
  // Begins a request now.
  RequestTimer Begin();
  // Begins a request that was meant to start at `start`, not in the future.
  // Load that is sent on a schedule should pass the scheduled moment, so that
  // the time a request waits to be sent is part of its latency.
  RequestTimer Begin(std::chrono::steady_clock::time_point start);

 private:
  friend class TunableHost;
  explicit MetricsRecorder(Recorder* recorder) : recorder_(recorder) {}

  Recorder* recorder_;
};

// The configuration in force.
struct Configuration {
  Values values;
  // Ascends with every change.
  std::int64_t generation = 0;
  // What the host goes back to when a tuner's lease runs out; equal to `values`
  // unless a trial is running.
  Values committed;
};

// Makes a process tunable.
//
// Add every parameter, then Start(). An apply callback puts a value into force
// and returns OK once it is; on an error, or an exception, it must have changed
// nothing, and the whole configuration is refused and undone. Callbacks are
// called one at a time, by a thread of this class, only for values that differ
// from those in force and never for the initial ones. They may read Current()
// but must not call SetFromOperator() or Stop().
//
// A configuration tried under a lease is undone by this class itself when the
// lease runs out; a callback that fails then is called again every second.
//
// Thread-safe after Start(). The destructor stops the server.
class TunableHost {
 public:
  using IntCallback = std::function<absl::Status(std::int64_t)>;
  using DoubleCallback = std::function<absl::Status(double)>;
  using BoolCallback = std::function<absl::Status(bool)>;
  using CategoryCallback = std::function<absl::Status(const std::string&)>;
  // Drives the host's own load for `duration`, recording each request through
  // metrics(), and returns early once `stop` is requested.
  using Benchmark =
      std::function<absl::Status(std::chrono::nanoseconds duration, std::stop_token stop)>;

  explicit TunableHost(HostOptions options);
  ~TunableHost();
  TunableHost(const TunableHost&) = delete;
  TunableHost& operator=(const TunableHost&) = delete;

  // Add a parameter, before Start(). The names thread_pool_size,
  // connection_pool_size, cache_size, batch_size, timeout_ms and retry_count
  // are whole numbers with fields of their own in the protocol; every other
  // name (lower-case letter, then lower-case letters, digits and underscores)
  // is the host's own. What is wrong with a parameter is told by Start(). The
  // callback may be empty only with `needs_restart`.
  void AddInt(std::string name, IntParameter parameter, IntCallback apply);
  void AddDouble(std::string name, DoubleParameter parameter, DoubleCallback apply);
  void AddBool(std::string name, BoolParameter parameter, BoolCallback apply);
  void AddCategory(std::string name, CategoryParameter parameter, CategoryCallback apply);
  // Sets the host's own benchmark, before Start().
  void SetBenchmark(Benchmark benchmark);

  // Begins to measure and to serve. INVALID_ARGUMENT lists every mistake in the
  // options and parameters; UNAVAILABLE when the address can't be listened on;
  // FAILED_PRECONDITION when called twice.
  absl::Status Start();
  // Where the host serves, such as "127.0.0.1:41234"; empty before Start().
  std::string address() const;
  // Identity of this host object, new for each.
  std::string boot_id() const;

  // Ends streams and calls at once and puts an unproven configuration back on
  // the committed one. Idempotent.
  void Stop();

  MetricsRecorder metrics();
  // Says whether the service is able to serve, before Start() too; the share of
  // time counts as its availability. True unless said otherwise.
  void SetAvailable(bool available);

  Configuration Current() const;
  // Changes the configuration past the tuner, which then gives way. `values` are
  // put over the committed configuration, so that nothing of a running trial is
  // kept, and are committed at once; the lease of a running trial is dropped.
  // INVALID_ARGUMENT for an unknown parameter or a value that it doesn't allow,
  // and whatever a callback returned; nothing is changed then.
  absl::Status SetFromOperator(const Values& values);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trimtab::host
