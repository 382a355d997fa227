// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "daemon/base/clock.h"
#include "trimtab/host.h"

namespace trimtab::host {

// Who set the configuration in force.
enum class Source { kDefault, kTuner, kOperator };

// What is told about the configuration, at one moment.
struct ConfigView {
  Values values;
  std::int64_t generation = 0;
  Source source = Source::kDefault;
  std::string tuner_id;
  Values committed;
  // Nothing when the committed configuration is in force.
  std::optional<Duration> lease_remaining;
  // Empty for none.
  std::string holder;
};

// Which configuration is in force, which is committed, and who holds the host
// until when. Pure: told the time, calls nothing. It records what has been put
// into force; it doesn't put it there. Not thread-safe.
//
// Two clocks run: the lease of an unproven configuration, and the hold of a
// tuner on the host, which outlives a commit.
class ConfigState {
 public:
  // How soon a return that a callback refused is tried again.
  static constexpr Duration kRetry = std::chrono::seconds(1);

  explicit ConfigState(Values initial) : values_(initial), committed_(std::move(initial)) {}

  // Whether `tuner_id`, who believes `generation` to be in force, may act.
  absl::Status Admit(const std::string& tuner_id, std::int64_t generation, MonotonicTime now) const;

  // A tuner's configuration is in force. A lease of zero commits it.
  void Replace(Values values, const std::string& tuner_id, Duration lease, MonotonicTime now);
  // The tuner's lease, if there is one, and its hold run for `lease` from now.
  void Renew(const std::string& tuner_id, Duration lease, MonotonicTime now);
  void Commit();
  // An operator's configuration is in force and committed.
  void Edit(Values values);
  // `values` are in force after an attempt to return to the committed ones;
  // where they differ, the return is due again after kRetry. The generation
  // ascends even when nothing could be changed: whoever had the lease has lost
  // it.
  void Returned(Values values, MonotonicTime now);

  // Whether the lease has run out.
  bool ReturnDue(MonotonicTime now) const { return lease_end_ && *lease_end_ <= now; }
  std::optional<MonotonicTime> lease_end() const { return lease_end_; }
  const Values& values() const { return values_; }
  const Values& committed() const { return committed_; }
  std::int64_t generation() const { return generation_; }
  ConfigView View(MonotonicTime now) const;

 private:
  struct Setter {
    Source source = Source::kDefault;
    std::string tuner_id;
  };

  Values values_;
  Setter setter_;
  Values committed_;
  Setter committed_setter_;
  std::int64_t generation_ = 1;
  std::optional<MonotonicTime> lease_end_;
  // Whether a return is being tried again and again.
  bool returning_ = false;
  std::string holder_;
  MonotonicTime hold_end_;
};

}  // namespace trimtab::host
