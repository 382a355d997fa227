// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/auditor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/audit.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_audit_log.h"

namespace trimtab {
namespace {

using testing::HasSubstr;

AuditEntry Accepted(const std::string& call) {
  AuditEntry entry;
  entry.caller = "uid:7";
  entry.peer = "unix";
  entry.call = call;
  return entry;
}

AuditEntry Refused(const std::string& caller,
                   absl::StatusCode code = absl::StatusCode::kPermissionDenied) {
  AuditEntry entry = Accepted("StopTuning");
  entry.caller = caller;
  entry.outcome = code;
  return entry;
}

class AuditorTest : public testing::Test {
 protected:
  // What the thread begins with is behind it.
  void SetUp() override { Rest(); }
  // Returns when it may be told.
  void Record(const AuditEntry& entry) {
    std::promise<void> recorded;
    auditor->Record(entry, [&recorded] { recorded.set_value(); });
    recorded.get_future().get();
  }
  // The thread has done all that was to be done at this moment.
  void Rest() { ListAll(*auditor); }

  ManualClock clock;
  CountingJournal journal;
  MemoryAuditLog log;
  std::optional<Auditor> auditor{std::in_place, log, journal, clock, AuditRetention()};
};

TEST_F(AuditorTest, AnAcceptedCallIsWrittenBeforeItIsTold) {
  Record(Accepted("PauseTuning"));
  const auto entries = log.ListAudit(0, 10).value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].call, "PauseTuning");
  EXPECT_EQ(entries[0].made_at, clock.WallNow());
  EXPECT_EQ(journal.Notes("call"), 1);
  EXPECT_THAT(journal.said(), HasSubstr("caller=uid:7\n"));
}

TEST_F(AuditorTest, RefusalsOfOneKindAreOneEntryWithTheirCount) {
  for (int i = 0; i < 1000; ++i) {
    Record(Refused("token:a"));
    Record(Refused("token:b"));
    Record(Refused("token:a", absl::StatusCode::kResourceExhausted));
  }
  // Time stands still: none is due.
  EXPECT_EQ(log.writes(), 0);
  const auto entries = ListAll(*auditor);
  ASSERT_EQ(entries.size(), 3u);
  for (const AuditEntry& each : entries) EXPECT_EQ(each.count, 1000);
  EXPECT_EQ(log.writes(), 1);
  EXPECT_EQ(journal.Notes("call"), 3);
}

TEST_F(AuditorTest, ARefusalIsWrittenWithinASecond) {
  Record(Refused("token:a"));
  clock.Advance(Auditor::kRefusalsWait);
  while (log.writes() == 0) std::this_thread::yield();
  EXPECT_EQ(log.ListAudit(0, 10)->size(), 1u);
}

// It may have changed what only the host knows.
TEST_F(AuditorTest, AFailedCallThatChangedSomethingIsNoRefusal) {
  AuditEntry entry = Accepted("PinConfiguration");
  entry.outcome = absl::StatusCode::kUnavailable;
  entry.after.state = TunerState::kPaused;
  Record(entry);
  EXPECT_EQ(log.ListAudit(0, 10)->size(), 1u);
}

TEST_F(AuditorTest, MoreKindsThanThereCanBeAreLostAndCounted) {
  for (int i = 0; i < 2000; ++i) Record(Refused("certificate:" + std::to_string(i)));
  const std::size_t kept = ListAll(*auditor).size();
  EXPECT_LT(kept, 1000u);
  Rest();
  EXPECT_EQ(auditor->trouble().lost, 2000 - static_cast<std::int64_t>(kept));
}

TEST_F(AuditorTest, AFullDiskHoldsUpNobodyAndIsToldOnceAndCounted) {
  log.Fail(absl::ResourceExhaustedError("disk full"));
  for (int i = 0; i < 5; ++i) Record(Accepted("StopTuning"));
  Rest();
  EXPECT_EQ(journal.Notes("the audit log can't be written"), 1);
  EXPECT_EQ(journal.Notes("call"), 5);
  // Tried again after a while only.
  EXPECT_EQ(auditor->trouble().failures, 1);
  clock.Advance(Auditor::kRetry);
  while (auditor->trouble().failures < 2) std::this_thread::yield();
  log.Fail(absl::OkStatus());
  clock.Advance(Auditor::kRetry);
  while (log.writes() == 0) std::this_thread::yield();
  EXPECT_EQ(ListAll(*auditor).size(), 5u);
  EXPECT_EQ(journal.Notes("the audit log is written again"), 1);
  EXPECT_EQ(journal.Notes("call"), 5);
  EXPECT_EQ(auditor->trouble().lost, 0);
}

TEST_F(AuditorTest, WhatWaitsForTheDiskIsBoundedAndRefusalsGiveWayFirst) {
  log.Fail(absl::ResourceExhaustedError("disk full"));
  const auto bound = static_cast<int>(Auditor::kBacklog);
  Record(Accepted("First"));
  for (int i = 0; i < bound; ++i) {
    Record(Refused("token:a"));
    Rest();
  }
  EXPECT_EQ(auditor->trouble().lost, 1);
  for (int i = 0; i < bound; ++i) Record(Accepted("StopTuning"));
  Rest();
  EXPECT_EQ(auditor->trouble().lost, bound + 1);
  log.Fail(absl::OkStatus());
  auditor.reset();
  const auto entries = log.ListAudit(0, 10 * bound).value();
  EXPECT_EQ(entries.size(), Auditor::kBacklog);
  for (const AuditEntry& each : entries) EXPECT_FALSE(IsRefusal(each));
}

TEST_F(AuditorTest, TheEndWritesWhatIsLeft) {
  Record(Refused("token:a"));
  auditor.reset();
  EXPECT_EQ(log.ListAudit(0, 10)->size(), 1u);
  EXPECT_EQ(journal.Notes("the audit log could not be written to the end"), 0);
}

TEST_F(AuditorTest, LongTextsAreCut) {
  AuditEntry entry = Accepted("StopTuning");
  entry.request = std::string(100'000, 'x');
  entry.message = std::string(100'000, 'y');
  Record(entry);
  const AuditEntry kept = log.ListAudit(0, 1).value().at(0);
  EXPECT_LT(kept.request.size(), 1100u);
  EXPECT_LT(kept.message.size(), 1100u);
}

}  // namespace
}  // namespace trimtab
