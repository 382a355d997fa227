// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/model/configuration.h"
#include "tests/support/manual_clock.h"
#include "trimtab/v1/host.pb.h"

namespace trimtab {

// A HostService on a loopback port of the system's choice that keeps the
// promises of host.proto, but for what its script says. Its time is the given
// clock's; windows close only when told. Thread-safe.
class FakeHost {
 public:
  struct Script {
    // Calls are answered only once another script says so.
    bool hang = false;
    // StreamMetrics is UNIMPLEMENTED.
    bool no_stream = false;
    // RunBenchmark is UNIMPLEMENTED, and DescribeHost says so. Otherwise a run
    // waits until CloseWindow(), and is that window.
    bool no_benchmark = false;
    // What becomes of a parameter: CLAMPED (to 8), IGNORED or REJECTED.
    std::map<std::string, v1::ParameterOutcomeKind> outcomes = {};
    // Change an answer before it is sent.
    std::function<void(v1::DescribeHostResponse&)> spoil_description = {};
    std::function<void(v1::ConfigState&)> spoil_state = {};
    std::function<void(v1::MetricsSnapshot&)> spoil_window = {};
  };

  explicit FakeHost(ManualClock& clock);
  ~FakeHost();

  const std::string& address() const;
  void Play(Script script);
  // Makes the latency, in ms, depend on the configuration.
  void SetLatency(std::function<double(const Configuration&)> latency_ms);

  // Whether a stream is open, or a benchmark runs, that will bring it.
  bool CloseWindow();
  // Breaks connections and refuses new ones until Start() or Restart().
  void Stop();
  void Start();
  // Another process takes the place: new boot id, defaults.
  void Restart();
  void OperatorSets(const Configuration& changes);

  // In force; what the host goes back to.
  Configuration config() const;
  Configuration committed() const;
  std::int64_t generation() const;

  // The warm-up that each benchmark was asked for.
  std::vector<Duration> WarmUps() const;
  // Whether a benchmark runs; waits a moment for it.
  bool HasBenchmark() const;
  // Until `method` has been called so often.
  void WaitForCalls(const std::string& method, int count) const;
  // Waits a moment for a stream to be opened.
  bool HasStream() const;

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace trimtab
