// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/store/sqlite_store.h"
#include "tests/support/certificates.h"

namespace trimtab {
namespace {

using std::chrono::hours;

const WallTime kNow = WallTime(hours(24 * 365 * 50));

AuditEntry Entry(const std::string& call) {
  AuditEntry entry;
  entry.made_at = kNow;
  entry.caller = "certificate:oncall.test";
  entry.role = "operator";
  entry.peer = "tls 192.0.2.1:4711";
  entry.call = call;
  entry.request = "reason: \"\xff\"";
  entry.before = {TunerState::kHolding, TuningMode::kAuto,
                  Configuration{{"batch_size", std::int64_t{7}}}};
  entry.after = {TunerState::kPaused, TuningMode::kApprove,
                 Configuration{{"batch_size", std::int64_t{8}}}};
  entry.outcome = absl::StatusCode::kAborted;
  entry.message = "raced";
  entry.count = 3;
  return entry;
}

AuditEntry Accepted(const std::string& call) {
  AuditEntry entry = Entry(call);
  entry.outcome = absl::StatusCode::kOk;
  return entry;
}

AuditEntry Refused(const std::string& call) {
  AuditEntry entry = Entry(call);
  entry.outcome = absl::StatusCode::kPermissionDenied;
  entry.after = entry.before;
  return entry;
}

class AuditLogTest : public testing::Test {
 protected:
  AuditLogTest() { Open(); }
  void Open() {
    store.reset();
    std::string aside;
    store = SqliteStore::Open(directory.Path("store.db"), &aside).value();
  }
  void Append(const std::vector<AuditEntry>& entries, WallTime now = kNow) {
    ASSERT_EQ(store->AppendAudit(entries, retention, now), absl::OkStatus());
  }
  // The calls kept, newest first.
  std::vector<std::string> Calls() {
    std::vector<std::string> calls;
    for (const AuditEntry& each : store->ListAudit(0, 1000).value()) calls.push_back(each.call);
    return calls;
  }
  const TestDirectory directory;
  AuditRetention retention;
  std::unique_ptr<SqliteStore> store;
};

TEST_F(AuditLogTest, AnEntryComesBackAsItWasOverARestart) {
  Append({Entry("PinConfiguration")});
  Open();
  const auto entries = store->ListAudit(0, 10).value();
  ASSERT_EQ(entries.size(), 1u);
  const AuditEntry& entry = entries[0];
  const AuditEntry expected = Entry("PinConfiguration");
  EXPECT_EQ(entry.id, 1);
  EXPECT_EQ(entry.made_at, expected.made_at);
  EXPECT_EQ(entry.caller, expected.caller);
  EXPECT_EQ(entry.role, expected.role);
  EXPECT_EQ(entry.peer, expected.peer);
  EXPECT_EQ(entry.call, expected.call);
  EXPECT_THAT(entry.request, testing::StartsWith("reason: "));
  EXPECT_EQ(entry.before, expected.before);
  EXPECT_EQ(entry.after, expected.after);
  EXPECT_EQ(entry.outcome, expected.outcome);
  EXPECT_EQ(entry.message, expected.message);
  EXPECT_EQ(entry.count, 3);
}

TEST_F(AuditLogTest, PagesGoBackwards) {
  Append({Accepted("A"), Accepted("B"), Accepted("C"), Accepted("D")});
  const auto page = store->ListAudit(4, 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].call, "C");
  EXPECT_EQ(page[1].call, "B");
}

TEST_F(AuditLogTest, EachKindIsBoundedAndPushesOutNoneOfTheOther) {
  retention = {.accepted = 2, .refused = 3};
  Append({Accepted("A"), Accepted("B"), Accepted("C")});
  for (const char* call : {"a", "b", "c", "d", "e"}) Append({Refused(call)});
  EXPECT_THAT(Calls(), testing::ElementsAre("e", "d", "c", "C", "B"));
  Append({Accepted("D")});
  EXPECT_THAT(Calls(), testing::ElementsAre("D", "e", "d", "c", "C"));
  // No id comes twice.
  EXPECT_EQ(store->ListAudit(0, 1)->at(0).id, 9);
}

TEST_F(AuditLogTest, WhatIsTooOldGoesThoughNothingComes) {
  retention.max_age = hours(10);
  AuditEntry old = Accepted("old");
  old.made_at = kNow - hours(6);
  Append({old, Accepted("new")});
  EXPECT_THAT(Calls(), testing::ElementsAre("new", "old"));
  Append({}, kNow + hours(5));
  EXPECT_THAT(Calls(), testing::ElementsAre("new"));
}

TEST_F(AuditLogTest, AStoreOfTheVersionBeforeGetsALogAndKeepsItsStudies) {
  const std::string study = store->OpenStudy({"s", "i", "o", 1}, WallTime())->id;
  store.reset();
  SQLite::Database(directory.Path("store.db"), SQLite::OPEN_READWRITE)
      .exec("DROP TABLE audit; PRAGMA user_version = 2");
  Open();
  EXPECT_EQ(store->OpenStudy({"s", "i", "o", 1}, WallTime())->id, study);
  Append({Accepted("StopTuning")});
  EXPECT_THAT(Calls(), testing::ElementsAre("StopTuning"));
}

}  // namespace
}  // namespace trimtab
