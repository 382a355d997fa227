// SPDX-License-Identifier: Apache-2.0
#include "client/host/config_state.h"

#include <algorithm>
#include <utility>

#include "daemon/base/error.h"

namespace trimtab::host {

absl::Status ConfigState::Admit(const std::string& tuner_id, std::int64_t generation,
                                MonotonicTime now) const {
  if (!holder_.empty() && now < hold_end_ && holder_ != tuner_id) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(hold_end_ - now);
    return Error(absl::StatusCode::kFailedPrecondition,
                 "the host is held by tuner '{}' for another {} ms", holder_, left.count());
  }
  if (generation != generation_) {
    return Error(absl::StatusCode::kAborted, "generation {} is in force, not {}", generation_,
                 generation);
  }
  return absl::OkStatus();
}

void ConfigState::Replace(Values values, const std::string& tuner_id, Duration lease,
                          MonotonicTime now) {
  values_ = std::move(values);
  setter_ = {Source::kTuner, tuner_id};
  ++generation_;
  lease_end_.reset();
  returning_ = false;
  if (lease <= Duration::zero()) return Commit();
  holder_ = tuner_id;
  hold_end_ = now + lease;
  // The committed values under a lease leave nothing to go back to.
  if (values_ != committed_) lease_end_ = now + lease;
}

void ConfigState::Renew(const std::string& tuner_id, Duration lease, MonotonicTime now) {
  holder_ = tuner_id;
  hold_end_ = now + lease;
  if (lease_end_) lease_end_ = now + lease;
}

void ConfigState::Commit() {
  committed_ = values_;
  committed_setter_ = setter_;
  lease_end_.reset();
  returning_ = false;
}

void ConfigState::Edit(Values values) {
  values_ = std::move(values);
  setter_ = {Source::kOperator, ""};
  ++generation_;
  Commit();
}

void ConfigState::Returned(Values values, MonotonicTime now) {
  const bool changed = values != values_ || !returning_;
  values_ = std::move(values);
  returning_ = values_ != committed_;
  if (!returning_) {
    setter_ = committed_setter_;
    lease_end_.reset();
  } else {
    lease_end_ = now + kRetry;
  }
  if (changed) ++generation_;
}

ConfigView ConfigState::View(MonotonicTime now) const {
  ConfigView view;
  view.values = values_;
  view.generation = generation_;
  view.source = setter_.source;
  view.tuner_id = setter_.tuner_id;
  view.committed = committed_;
  if (lease_end_) view.lease_remaining = std::max(Duration::zero(), Duration(*lease_end_ - now));
  if (now < hold_end_) view.holder = holder_;
  return view;
}

}  // namespace trimtab::host
