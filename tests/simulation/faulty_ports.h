// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/ports/host_link.h"
#include "daemon/ports/trial_store.h"

namespace trimtab {

// Stands between the loop and its ports. `before` is told of each call: an
// error is the answer, and the call isn't made. `after` may replace the answer
// of a call that was made, as when the answer was lost on its way.
struct CallHooks {
  using Hook = std::function<absl::Status(std::string_view call)>;
  Hook before = [](std::string_view) { return absl::OkStatus(); };
  Hook after = [](std::string_view) { return absl::OkStatus(); };

  // Result: absl::Status or a StatusOr.
  template <typename Work>
  auto Around(std::string_view call, const Work& work) -> decltype(work()) {
    if (absl::Status status = before(call); !status.ok()) return status;
    auto result = work();
    if (absl::Status status = after(call); !status.ok()) return status;
    return result;
  }
};

class FaultyLink final : public HostLink {
 public:
  FaultyLink(HostLink& link, CallHooks& hooks) : link_(link), hooks_(hooks) {}
  absl::StatusOr<HostDescription> Describe() override {
    return hooks_.Around("describe", [&] { return link_.Describe(); });
  }
  absl::StatusOr<ConfigState> GetConfig() override {
    return hooks_.Around("get_config", [&] { return link_.GetConfig(); });
  }
  absl::StatusOr<ApplyResult> Apply(const ApplyRequest& request) override {
    return hooks_.Around("apply", [&] { return link_.Apply(request); });
  }
  absl::StatusOr<ConfigState> RenewLease(std::int64_t generation, Duration lease) override {
    return hooks_.Around("renew", [&] { return link_.RenewLease(generation, lease); });
  }
  absl::StatusOr<ConfigState> Commit(std::int64_t generation) override {
    return hooks_.Around("commit", [&] { return link_.Commit(generation); });
  }
  void Cancel() override { link_.Cancel(); }

 private:
  HostLink& link_;
  CallHooks& hooks_;
};

class FaultyStore final : public TrialStore {
 public:
  FaultyStore(TrialStore& store, CallHooks& hooks) : store_(store), hooks_(hooks) {}
  absl::StatusOr<std::string> TunerId() override {
    return hooks_.Around("tuner_id", [&] { return store_.TunerId(); });
  }
  absl::StatusOr<Study> OpenStudy(const StudyKey& key, WallTime now) override {
    return hooks_.Around("open_study", [&] { return store_.OpenStudy(key, now); });
  }
  absl::StatusOr<std::optional<Checkpoint>> LoadCheckpoint(const std::string& study) override {
    return hooks_.Around("load_checkpoint", [&] { return store_.LoadCheckpoint(study); });
  }
  absl::Status SaveCheckpoint(const std::string& study, const Checkpoint& checkpoint) override {
    return hooks_.Around("save_checkpoint",
                         [&] { return store_.SaveCheckpoint(study, checkpoint); });
  }
  absl::StatusOr<std::optional<Intent>> LoadIntent(const std::string& study) override {
    return hooks_.Around("load_intent", [&] { return store_.LoadIntent(study); });
  }
  absl::Status SaveIntent(const std::string& study, const Intent& intent) override {
    return hooks_.Around("save_intent", [&] { return store_.SaveIntent(study, intent); });
  }
  absl::Status ClearIntent(const std::string& study) override {
    return hooks_.Around("clear_intent", [&] { return store_.ClearIntent(study); });
  }
  absl::Status AppendTrial(const std::string& study, const Trial& trial) override {
    return hooks_.Around("append_trial", [&] { return store_.AppendTrial(study, trial); });
  }
  absl::Status AppendDecision(const std::string& study, const Decision& decision) override {
    return hooks_.Around("append_decision", [&] { return store_.AppendDecision(study, decision); });
  }
  absl::Status AppendWindow(const std::string& study, std::int64_t trial_id,
                            const HostWindow& window) override {
    return hooks_.Around("append_window",
                         [&] { return store_.AppendWindow(study, trial_id, window); });
  }
  absl::StatusOr<std::vector<Trial>> ListTrials(const std::string& study, std::int64_t before_id,
                                                int limit) override {
    return hooks_.Around("list_trials", [&] { return store_.ListTrials(study, before_id, limit); });
  }
  absl::StatusOr<std::vector<Decision>> ListDecisions(const std::string& study,
                                                      std::int64_t before_id, int limit) override {
    return hooks_.Around("list_decisions",
                         [&] { return store_.ListDecisions(study, before_id, limit); });
  }
  absl::StatusOr<std::vector<Study>> ListStudies(const std::string& service, int limit) override {
    return hooks_.Around("list_studies", [&] { return store_.ListStudies(service, limit); });
  }
  absl::StatusOr<std::vector<HostWindow>> ListWindows(const std::string& study,
                                                      int limit) override {
    return hooks_.Around("list_windows", [&] { return store_.ListWindows(study, limit); });
  }

 private:
  TrialStore& store_;
  CallHooks& hooks_;
};

}  // namespace trimtab
