// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"
#include "daemon/control/loop.h"
#include "daemon/ports/host_link.h"
#include "daemon/ports/journal.h"
#include "daemon/ports/trial_store.h"
#include "daemon/ports/tuner_control.h"

namespace trimtab::control {

// Runs the control loop: one thread feeds events to Advance and performs the
// effects; others post events and read published statuses. The inbox is
// bounded: a window that finds it full is counted and dropped, a command is
// refused.
class Runner final : public TunerControl, public WindowSink {
 public:
  static constexpr std::size_t kInboxLimit = 1024;

  // The ports and the clock must outlive this. `host_address` is shown in the
  // status only.
  Runner(HostLink& link, TrialStore& store, Journal& journal, Clock& clock, TuningPolicy policy,
         std::string host_address);
  // Ends without a word to the host, unless ShutDown() came before.
  ~Runner() override;

  // Begins with connecting. Call once.
  void Start();

  // Carries out the shutdown policy and ends the thread, within `grace`: calls
  // that hang longer are cancelled. Call once.
  void ShutDown(Duration grace);

  // Swaps the policy; what is on trial ends without a result. The callbacks as in
  // Execute(). False, and told as by ReloadFailed(), when the loop can't take it.
  bool Reload(TuningPolicy policy, TakenUp taken_up, Done done);
  // Tells of settings that could not be reloaded; the old ones stay.
  void ReloadFailed(const std::string& why);
  // To be shown in the status from the next round on.
  void ShowAuditTrouble(std::int64_t failures, std::int64_t lost);

  std::shared_ptr<const TunerStatus> Status() const override;
  Duration SinceLastRound() const override;
  std::shared_ptr<void> Listen(std::function<void()> listener) override;
  void Execute(Command command, std::string actor, TakenUp taken_up, Done done) override;
  absl::StatusOr<std::vector<Trial>> Trials(std::int64_t before_id, int limit) override;
  absl::StatusOr<std::vector<Decision>> Decisions(std::int64_t before_id, int limit) override;
  absl::StatusOr<Study> CurrentStudy() override;
  SearchSpace Space() const override;

  void OnWindow(HostWindow window) override;
  void OnMalformedWindow(const std::string& reason) override;
  void OnStream(const char* call, const absl::Status& status) override;
  bool WantsWindows() const override;

 private:
  struct Message {
    Event event;
    Done done;
    std::optional<TuningPolicy> policy;
    TakenUp taken_up = {};
    // When it came.
    MonotonicTime posted = {};
  };
  struct Listeners;

  bool Post(Message message);
  void Run(std::stop_token stop);
  // Waits for a message or the next wake; nothing at a wake.
  std::optional<Message> Next(const std::stop_token& stop);
  void Handle(Message message);
  // Feeds one event and everything that follows from it.
  void Drive(const Event& event, Done& done);
  absl::StatusOr<Configuration> RollbackTarget(std::int64_t decision_id);
  void Publish();

  HostLink& link_;
  TrialStore& store_;
  Journal& journal_;
  Clock& clock_;
  const std::string host_address_;

  // Of the loop's thread.
  Loop loop_;
  bool reload_ok_ = true;
  std::int64_t reload_failures_ = 0;
  std::int64_t events_ = 0;
  Duration delay_{};

  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<Message> inbox_ TRIMTAB_GUARDED_BY(mutex_);
  bool ended_ TRIMTAB_GUARDED_BY(mutex_) = false;
  std::int64_t dropped_windows_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::int64_t> collector_failures_ TRIMTAB_GUARDED_BY(mutex_);
  bool wants_windows_ TRIMTAB_GUARDED_BY(mutex_) = false;
  std::int64_t failed_reloads_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  bool last_reload_ok_ TRIMTAB_GUARDED_BY(mutex_) = true;
  std::int64_t audit_failures_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::int64_t audit_lost_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  MonotonicTime last_round_ TRIMTAB_GUARDED_BY(mutex_);
  std::shared_ptr<const TunerStatus> status_ TRIMTAB_GUARDED_BY(mutex_);
  std::optional<Study> study_ TRIMTAB_GUARDED_BY(mutex_);
  SearchSpace space_ TRIMTAB_GUARDED_BY(mutex_);

  std::shared_ptr<Listeners> listeners_;
  OwnedThread thread_;
};

}  // namespace trimtab::control
