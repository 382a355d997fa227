// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/ports/trial_store.h"

namespace trimtab {

// A store that forgets everything at the end; keeps the contract of TrialStore.
// Not thread-safe: for tests of one thread.
class MemoryStore final : public TrialStore {
 public:
  // While this is an error, every write fails with it.
  absl::Status write_error = absl::OkStatus();

  absl::StatusOr<std::string> TunerId() override { return std::string("tuner-1"); }

  absl::StatusOr<Study> OpenStudy(const StudyKey& key, WallTime now) override {
    for (auto& [id, record] : studies_) {
      const StudyKey& known = record.study.key;
      if (known.host_service == key.host_service && known.host_instance == key.host_instance &&
          known.objective == key.objective && known.space_fingerprint == key.space_fingerprint) {
        Prune(record.trials);
        Prune(record.decisions);
        return WithBefore(record.study);
      }
    }
    if (!write_error.ok()) return write_error;
    const std::string id = "study-" + std::to_string(++made_);
    studies_[id].study = Study{id, key, now};
    order_.push_back(id);
    studies_[id].number = made_;
    const Study study = WithBefore(studies_[id].study);
    std::erase_if(studies_, [&](const auto& each) {
      return each.second.number + kMaxStudies <= made_ && each.first != study.before;
    });
    return study;
  }

  // Stored at present.
  struct Rows {
    std::size_t studies = 0;
    std::size_t trials = 0;
    std::size_t decisions = 0;
  };
  Rows CountRows() const {
    Rows rows{studies_.size(), 0, 0};
    for (const auto& [id, record] : studies_) {
      rows.trials += record.trials.size();
      rows.decisions += record.decisions.size();
    }
    return rows;
  }
  absl::StatusOr<std::optional<Checkpoint>> LoadCheckpoint(const std::string& study) override {
    if (!Known(study)) return NoStudy(study);
    return studies_[study].checkpoint;
  }
  absl::Status SaveCheckpoint(const std::string& study, const Checkpoint& checkpoint) override {
    return Change(study, [&](Record& record) {
      record.checkpoint = checkpoint;
      saved_last_[HostOf(record.study.key)] = study;
    });
  }
  absl::StatusOr<std::optional<Intent>> LoadIntent(const std::string& study) override {
    if (!Known(study)) return NoStudy(study);
    return studies_[study].intent;
  }
  absl::Status SaveIntent(const std::string& study, const Intent& intent) override {
    return Change(study, [&](Record& record) { record.intent = intent; });
  }
  absl::Status ClearIntent(const std::string& study) override {
    return Change(study, [](Record& record) { record.intent.reset(); });
  }
  absl::Status AppendTrial(const std::string& study, const Trial& trial) override {
    if (Known(study) && !studies_[study].trials.empty() &&
        studies_[study].trials.back().id >= trial.id) {
      return absl::InvalidArgumentError("the trial's id is not new");
    }
    return Change(study, [&](Record& record) {
      record.trials.push_back(trial);
      if (trial.id % kPruneEvery == 0) Prune(record.trials);
    });
  }
  absl::Status AppendDecision(const std::string& study, const Decision& decision) override {
    if (Known(study) && !studies_[study].decisions.empty() &&
        studies_[study].decisions.back().id >= decision.id) {
      return absl::InvalidArgumentError("the decision's id is not new");
    }
    return Change(study, [&](Record& record) {
      record.decisions.push_back(decision);
      if (decision.id % kPruneEvery == 0) Prune(record.decisions);
    });
  }
  absl::Status AppendWindow(const std::string& study, std::int64_t,
                            const HostWindow& window) override {
    return Change(study, [&](Record& record) {
      record.windows.push_back(window);
      if (record.windows.size() > kMaxWindows) record.windows.erase(record.windows.begin());
    });
  }
  absl::StatusOr<std::vector<Trial>> ListTrials(const std::string& study, std::int64_t before_id,
                                                int limit) override {
    if (!Known(study)) return NoStudy(study);
    return Newest(studies_[study].trials, before_id, limit);
  }
  absl::StatusOr<std::vector<Decision>> ListDecisions(const std::string& study,
                                                      std::int64_t before_id, int limit) override {
    if (!Known(study)) return NoStudy(study);
    return Newest(studies_[study].decisions, before_id, limit);
  }
  absl::StatusOr<std::vector<Study>> ListStudies(const std::string& service, int limit) override {
    std::vector<Study> result;
    for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
      if (result.size() == static_cast<std::size_t>(limit)) break;
      const auto found = studies_.find(*id);
      if (found == studies_.end() || found->second.study.key.host_service != service) continue;
      result.push_back(found->second.study);
    }
    return result;
  }
  absl::StatusOr<std::vector<HostWindow>> ListWindows(const std::string& study,
                                                      int limit) override {
    if (!Known(study)) return NoStudy(study);
    const std::vector<HostWindow>& all = studies_[study].windows;
    std::vector<HostWindow> result(all.rbegin(), all.rend());
    if (result.size() > static_cast<std::size_t>(limit)) result.resize(limit);
    return result;
  }

 private:
  struct Record {
    Study study;
    // In the order in which studies were made.
    int number = 0;
    std::optional<Checkpoint> checkpoint;
    std::optional<Intent> intent;
    std::vector<Trial> trials;
    std::vector<Decision> decisions;
    std::vector<HostWindow> windows;
  };

  bool Known(const std::string& study) const { return studies_.count(study) > 0; }
  static absl::Status NoStudy(const std::string& study) {
    return Error(absl::StatusCode::kNotFound, "there is no study '{}'", study);
  }
  template <typename Work>
  absl::Status Change(const std::string& study, const Work& work) {
    if (!Known(study)) return NoStudy(study);
    if (!write_error.ok()) return write_error;
    work(studies_[study]);
    return absl::OkStatus();
  }
  template <typename T>
  static std::vector<T> Newest(const std::vector<T>& all, std::int64_t before_id, int limit) {
    std::vector<T> result;
    for (auto each = all.rbegin(); each != all.rend(); ++each) {
      if (before_id != 0 && each->id >= before_id) continue;
      if (result.size() == static_cast<std::size_t>(limit)) break;
      result.push_back(*each);
    }
    return result;
  }

  static std::pair<std::string, std::string> HostOf(const StudyKey& key) {
    return {key.host_service, key.host_instance};
  }
  Study WithBefore(Study study) const {
    const auto last = saved_last_.find(HostOf(study.key));
    if (last != saved_last_.end() && last->second != study.id) study.before = last->second;
    return study;
  }

  template <typename T>
  static void Prune(std::vector<T>& records) {
    if (records.size() <= kMaxRecords) return;
    records.erase(records.begin(), records.end() - kMaxRecords);
  }

  int made_ = 0;
  std::map<std::string, Record> studies_;
  // Their ids in the order in which they were made.
  std::vector<std::string> order_;
  std::map<std::pair<std::string, std::string>, std::string> saved_last_;
};

}  // namespace trimtab
