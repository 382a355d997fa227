// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace trimtab::host {

class Recorder;

// How a request ended.
enum class Outcome { kOk, kError, kTimeout };

// One request being timed. Movable; destroyed unfinished, it counts as an error.
class RequestTimer {
 public:
  RequestTimer(Recorder* recorder, std::int64_t generation,
               std::chrono::steady_clock::time_point start)
      : recorder_(recorder), generation_(generation), start_(start) {}
  RequestTimer(RequestTimer&& other) noexcept;
  RequestTimer& operator=(RequestTimer&&) = delete;
  ~RequestTimer();

  // Counts the request, once; `payload_bytes` counts for kOk only.
  void Finish(Outcome outcome, std::int64_t payload_bytes = 0);

 private:
  Recorder* recorder_;
  std::int64_t generation_;
  std::chrono::steady_clock::time_point start_;
};

// The host's metrics. Thread-safe. Lives as long as its host.
class Metrics {
 public:
  explicit Metrics(Recorder* recorder) : recorder_(recorder) {}
  // The request counts under the configuration in force now.
  RequestTimer Begin();
  // For a request that was meant to start earlier, such as one that queued:
  // measuring from then on doesn't hide the waiting.
  RequestTimer Begin(std::chrono::steady_clock::time_point intended_start);

 private:
  Recorder* recorder_;
};

struct HostOptions {
  // Name of the service, and of this instance; stable over restarts.
  std::string service;
  std::string instance;
  // Where the tuner reaches this host; port 0: any free one, see address().
  std::string listen = "127.0.0.1:0";
  // Length of the windows that metrics are reported in.
  std::chrono::milliseconds window = std::chrono::seconds(1);
  // Longest lease granted.
  std::chrono::milliseconds max_lease = std::chrono::minutes(5);
};

struct IntRange {
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t initial = 0;
  std::string unit;
  // A change is only noted and takes effect at the next start.
  bool needs_restart = false;
};
struct DoubleRange {
  double min = 0;
  double max = 0;
  double initial = 0;
  std::string unit;
  bool needs_restart = false;
};

// Makes the program around it tunable: serves trimtab.v1.HostService for the
// parameters that are added before Start(). Apply callbacks run one at a time;
// an error from one refuses the whole configuration, and what was changed
// already is changed back. A configuration on trial falls back to the committed
// one by itself when its lease runs out, whatever became of the tuner.
class TunableHost {
 public:
  using Value = std::variant<std::int64_t, double, bool, std::string>;

  explicit TunableHost(HostOptions options);
  // Stops.
  ~TunableHost();
  TunableHost(const TunableHost&) = delete;
  TunableHost& operator=(const TunableHost&) = delete;

  // `name`: a lower-case letter, then lower-case letters, digits, underscores.
  void AddInt(std::string name, IntRange range, std::function<absl::Status(std::int64_t)> apply);
  void AddDouble(std::string name, DoubleRange range, std::function<absl::Status(double)> apply);
  void AddBool(std::string name, bool initial, std::function<absl::Status(bool)> apply);
  void AddCategory(std::string name, std::vector<std::string> categories, std::string initial,
                   std::function<absl::Status(const std::string&)> apply);

  // Serves. INVALID_ARGUMENT for a bad or repeated parameter, UNAVAILABLE when
  // the address can't be listened on.
  absl::Status Start();
  // "127.0.0.1:port"; empty before Start().
  std::string address() const;
  // Ends every stream and the server.
  void Stop();

  Metrics& metrics();
  // Whether the service can serve at present; the share of the time is reported
  // as availability.
  void SetAvailable(bool available);
  // Changes parameters past the tuner, committed at once; the tuner gives way.
  // Errors as an apply callback's, or INVALID_ARGUMENT.
  absl::Status SetFromOperator(const std::map<std::string, Value>& values);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trimtab::host
