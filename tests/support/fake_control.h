// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/mutex.h"
#include "daemon/ports/tuner_control.h"

namespace trimtab {

// A control loop that says what it was told to say, and keeps what it was asked
// to do. Thread-safe.
class FakeControl final : public TunerControl {
 public:
  void Publish(TunerStatus status) {
    {
      const MutexLock lock(status_mutex_);
      status_ = std::make_shared<const TunerStatus>(std::move(status));
    }
    const MutexLock lock(mutex_);
    for (const auto& listener : listeners_) listener();
  }
  // What commands are answered with from now on; until then they succeed.
  void Answer(absl::Status status) {
    const MutexLock lock(mutex_);
    answer_ = std::move(status);
  }
  // What the next command that succeeds leaves behind.
  void Become(TunerStatus status) {
    const MutexLock lock(mutex_);
    next_ = std::make_shared<const TunerStatus>(std::move(status));
  }
  // So many, numbered from 1; before that there is no study.
  void HaveTrials(int count) {
    const MutexLock lock(mutex_);
    trials_.emplace();
    for (int id = 1; id <= count; ++id) trials_->emplace_back().id = id;
  }
  // For how long the loop is to look hung.
  void Hang(Duration length) { since_last_round_ = length; }
  std::vector<Command> commands() const {
    const MutexLock lock(mutex_);
    return commands_;
  }

  std::shared_ptr<const TunerStatus> Status() const override {
    const MutexLock lock(status_mutex_);
    return status_;
  }
  Duration SinceLastRound() const override { return since_last_round_; }
  std::shared_ptr<void> Listen(std::function<void()> listener) override {
    const MutexLock lock(mutex_);
    const auto place = listeners_.insert(listeners_.end(), std::move(listener));
    return std::shared_ptr<void>(nullptr, [this, place](void*) {
      const MutexLock inner(mutex_);
      listeners_.erase(place);
    });
  }
  void Execute(Command command, std::string, TakenUp taken_up, Done done) override {
    absl::Status answer;
    std::shared_ptr<const TunerStatus> next;
    if (taken_up) taken_up();
    {
      const MutexLock lock(mutex_);
      commands_.push_back(std::move(command));
      answer = answer_;
      if (answer.ok()) next = std::exchange(next_, nullptr);
    }
    if (next) Publish(*next);
    if (answer.ok()) return done(ImportResult{});
    done(answer);
  }
  absl::StatusOr<std::vector<Trial>> Trials(std::int64_t before_id, int limit) override {
    const MutexLock lock(mutex_);
    if (!trials_) return absl::FailedPreconditionError("there is no study yet");
    std::vector<Trial> page;
    for (auto each = trials_->rbegin(); each != trials_->rend(); ++each) {
      if (before_id != 0 && each->id >= before_id) continue;
      if (static_cast<int>(page.size()) == limit) break;
      page.push_back(*each);
    }
    return page;
  }
  absl::StatusOr<std::vector<Decision>> Decisions(std::int64_t, int) override {
    return std::vector<Decision>{};
  }
  absl::StatusOr<Study> CurrentStudy() override {
    return absl::FailedPreconditionError("there is no study yet");
  }
  SearchSpace Space() const override { return DefaultSearchSpace(); }

 private:
  std::atomic<Duration> since_last_round_{Duration::zero()};
  mutable Mutex mutex_;
  // Listeners read the status while they are called.
  mutable Mutex status_mutex_;
  std::shared_ptr<const TunerStatus> status_ TRIMTAB_GUARDED_BY(status_mutex_) =
      std::make_shared<const TunerStatus>();
  std::list<std::function<void()>> listeners_ TRIMTAB_GUARDED_BY(mutex_);
  absl::Status answer_ TRIMTAB_GUARDED_BY(mutex_);
  std::shared_ptr<const TunerStatus> next_ TRIMTAB_GUARDED_BY(mutex_);
  std::vector<Command> commands_ TRIMTAB_GUARDED_BY(mutex_);
  std::optional<std::vector<Trial>> trials_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab
