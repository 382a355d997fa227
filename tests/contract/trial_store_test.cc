// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "daemon/store/sqlite_store.h"
#include "tests/support/memory_store.h"

namespace trimtab {
namespace {

std::string TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "trimtab-store-XXXXXX").string();
  return mkdtemp(name.data());
}

// Each makes a store of its own.
struct InMemory {
  std::unique_ptr<TrialStore> store = std::make_unique<MemoryStore>();
};
struct InSqlite {
  InSqlite() { store = SqliteStore::Open(directory + "/store.db", &aside).value(); }
  ~InSqlite() {
    store.reset();
    std::filesystem::remove_all(directory);
  }
  std::string directory = TemporaryDirectory();
  std::string aside;
  std::unique_ptr<TrialStore> store;
};

Trial MakeTrial(std::int64_t id) {
  Trial trial;
  trial.id = id;
  trial.round = 2;
  trial.config = Configuration{
      {"int", std::int64_t{7}}, {"double", 7.0}, {"bool", true}, {"category", std::string("7")}};
  trial.score = Score{0.1 + 0.2, 1e-17};
  trial.measurement.requests = 123;
  trial.measurement.metrics.Set(Metric::kLatencyP99Ms, 1.0 / 3);
  trial.reason = "because \"so\"\n";
  trial.seed = ~std::uint64_t{0};
  trial.started_at = WallTime(std::chrono::milliseconds(1234567));
  return trial;
}

Decision MakeDecision(std::int64_t id) {
  Decision decision;
  decision.id = id;
  decision.reason = DecisionReason::kOperatorPin;
  decision.made_at = WallTime(std::chrono::milliseconds(7654321));
  decision.explanation = "pinned, \"so\"\n";
  decision.old_config = MakeTrial(1).config;
  decision.new_config = MakeTrial(1).config.With(Configuration{{"int", std::int64_t{8}}});
  decision.expected_gain = Gain{0.5, 0.1 + 0.2, 0.6, 0.95};
  decision.trial_ids = {1, 2, 9};
  decision.actor = "uid:1000";
  return decision;
}

template <typename Make>
class TrialStoreContract : public testing::Test {
 protected:
  TrialStore& store() { return *make_.store; }
  std::string OpenStudy(std::uint64_t space = 1) {
    return store().OpenStudy({"service", "instance", "reference", space}, WallTime())->id;
  }
  Make make_;
};
using Stores = testing::Types<InMemory, InSqlite>;
TYPED_TEST_SUITE(TrialStoreContract, Stores);

TYPED_TEST(TrialStoreContract, StudiesOfAServiceAreListedTheNewestFirst) {
  TrialStore& store = this->store();
  EXPECT_TRUE(store.ListStudies("service", 10)->empty());
  std::vector<std::string> made;
  for (std::uint64_t space = 1; space <= 12; ++space) made.push_back(this->OpenStudy(space));
  // Opened again, it is the old one.
  this->OpenStudy(3);
  const StudyKey other{"other", "instance", "reference", ~std::uint64_t{0}};
  const WallTime now(std::chrono::milliseconds(5));
  const std::string stranger = store.OpenStudy(other, now)->id;
  const std::vector<Study> listed = store.ListStudies("service", 3).value();
  ASSERT_EQ(listed.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(listed[i].id, made[11 - i]);
  const std::vector<Study> strangers = store.ListStudies("other", 10).value();
  ASSERT_EQ(strangers.size(), 1u);
  EXPECT_EQ(strangers[0].id, stranger);
  EXPECT_EQ(strangers[0].key.host_instance, other.host_instance);
  EXPECT_EQ(strangers[0].key.objective, other.objective);
  EXPECT_EQ(strangers[0].key.space_fingerprint, other.space_fingerprint);
  EXPECT_EQ(strangers[0].created_at, now);
}

TYPED_TEST(TrialStoreContract, OneKeyIsOneStudy) {
  EXPECT_EQ(this->OpenStudy(1), this->OpenStudy(1));
  EXPECT_NE(this->OpenStudy(1), this->OpenStudy(2));
  EXPECT_EQ(this->store().TunerId().value(), this->store().TunerId().value());
}

TYPED_TEST(TrialStoreContract, ATrialComesBackAsItWas) {
  const std::string study = this->OpenStudy();
  ASSERT_TRUE(this->store().AppendTrial(study, MakeTrial(3)).ok());
  const Trial trial = this->store().ListTrials(study, 0, 10).value().at(0);
  const Trial expected = MakeTrial(3);
  EXPECT_EQ(trial.config, expected.config);
  EXPECT_EQ(trial.score->value, expected.score->value);
  EXPECT_EQ(trial.score->standard_error, expected.score->standard_error);
  EXPECT_EQ(trial.measurement.metrics, expected.measurement.metrics);
  EXPECT_EQ(trial.reason, expected.reason);
  EXPECT_EQ(trial.seed, expected.seed);
  EXPECT_EQ(trial.started_at, expected.started_at);
}

TYPED_TEST(TrialStoreContract, IdsAscendAndPagesGoBackwards) {
  const std::string study = this->OpenStudy();
  for (const std::int64_t id : {1, 2, 5, 9}) {
    ASSERT_TRUE(this->store().AppendTrial(study, MakeTrial(id)).ok());
  }
  EXPECT_EQ(this->store().AppendTrial(study, MakeTrial(9)).code(),
            absl::StatusCode::kInvalidArgument);
  const auto page = this->store().ListTrials(study, 9, 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].id, 5);
  EXPECT_EQ(page[1].id, 2);
}

TYPED_TEST(TrialStoreContract, CheckpointAndIntentComeBackAndCanBeCleared) {
  const std::string study = this->OpenStudy();
  EXPECT_FALSE(this->store().LoadCheckpoint(study).value());
  Checkpoint checkpoint;
  checkpoint.round = 4;
  checkpoint.round_open = true;
  checkpoint.incumbent = ScoredConfiguration{MakeTrial(1).config, Score{2, {}}, {}, {}};
  checkpoint.gain = Gain{0.5, 0.4, 0.6, 0.95};
  checkpoint.pause_reason = "lunch";
  checkpoint.judged = {MakeTrial(2).config};
  checkpoint.explored = true;
  checkpoint.sla_budget = {0.5, std::chrono::seconds(7), std::chrono::seconds(70)};
  ASSERT_TRUE(this->store().SaveCheckpoint(study, checkpoint).ok());
  const Checkpoint loaded = this->store().LoadCheckpoint(study).value().value();
  EXPECT_EQ(loaded.round, 4);
  EXPECT_TRUE(loaded.round_open);
  EXPECT_EQ(loaded.incumbent->config, checkpoint.incumbent->config);
  EXPECT_EQ(loaded.gain->upper_ratio, 0.6);
  EXPECT_FALSE(loaded.baseline);
  EXPECT_EQ(loaded.judged, checkpoint.judged);
  EXPECT_TRUE(loaded.explored);
  EXPECT_EQ(loaded.sla_budget.in_breach, std::chrono::seconds(7));

  Intent intent;
  intent.kind = Intent::Kind::kCommit;
  intent.config = MakeTrial(1).config;
  ASSERT_TRUE(this->store().SaveIntent(study, intent).ok());
  EXPECT_EQ(this->store().LoadIntent(study).value()->config, intent.config);
  ASSERT_TRUE(this->store().ClearIntent(study).ok());
  EXPECT_FALSE(this->store().LoadIntent(study).value());
}

TYPED_TEST(TrialStoreContract, ADecisionComesBackAsItWasAndPagesGoBackwards) {
  const std::string study = this->OpenStudy();
  for (const std::int64_t id : {2, 3, 7}) {
    ASSERT_TRUE(this->store().AppendDecision(study, MakeDecision(id)).ok());
  }
  EXPECT_EQ(this->store().AppendDecision(study, MakeDecision(7)).code(),
            absl::StatusCode::kInvalidArgument);
  const auto page = this->store().ListDecisions(study, 7, 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[1].id, 2);
  const Decision& decision = page[0];
  const Decision expected = MakeDecision(3);
  EXPECT_EQ(decision.id, 3);
  EXPECT_EQ(decision.reason, expected.reason);
  EXPECT_EQ(decision.made_at, expected.made_at);
  EXPECT_EQ(decision.explanation, expected.explanation);
  EXPECT_EQ(decision.old_config, expected.old_config);
  EXPECT_EQ(decision.new_config, expected.new_config);
  EXPECT_EQ(decision.expected_gain->lower_ratio, expected.expected_gain->lower_ratio);
  EXPECT_FALSE(decision.observed_gain);
  EXPECT_EQ(decision.trial_ids, expected.trial_ids);
  EXPECT_EQ(decision.actor, expected.actor);
}

TYPED_TEST(TrialStoreContract, WindowsComeBackNewestFirstAndTheOldestGo) {
  const std::string study = this->OpenStudy();
  const std::string other = this->OpenStudy(2);
  HostWindow window;
  window.boot_id = "boot";
  window.generation = 4;
  window.requests = 100;
  window.metrics.Set(Metric::kLatencyP99Ms, 1.0 / 3);
  ASSERT_TRUE(this->store().AppendWindow(other, 1, window).ok());
  for (int i = 1; i <= TrialStore::kMaxWindows + 3; ++i) {
    window.sequence = i;
    ASSERT_TRUE(this->store().AppendWindow(study, 1 + i / 10, window).ok());
  }
  const auto newest = this->store().ListWindows(study, 2).value();
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].sequence, TrialStore::kMaxWindows + 3);
  EXPECT_EQ(newest[1].sequence, TrialStore::kMaxWindows + 2);
  EXPECT_EQ(newest[0].boot_id, "boot");
  EXPECT_EQ(newest[0].generation, 4);
  EXPECT_EQ(newest[0].requests, 100);
  EXPECT_EQ(newest[0].metrics, window.metrics);
  const auto all = this->store().ListWindows(study, 2 * TrialStore::kMaxWindows).value();
  ASSERT_EQ(all.size(), static_cast<std::size_t>(TrialStore::kMaxWindows));
  EXPECT_EQ(all.back().sequence, 4);
  // Each study has its own.
  EXPECT_EQ(this->store().ListWindows(other, 10).value().size(), 1u);
}

TYPED_TEST(TrialStoreContract, OfTrialsAndDecisionsTheNewestAreKept) {
  const std::string study = this->OpenStudy();
  const std::string other = this->OpenStudy(2);
  ASSERT_TRUE(this->store().AppendTrial(other, MakeTrial(1)).ok());
  constexpr int kMost = TrialStore::kMaxRecords;
  const int last = kMost + 2 * TrialStore::kPruneEvery;
  for (int id = 1; id <= last; ++id) {
    ASSERT_TRUE(this->store().AppendTrial(study, MakeTrial(id)).ok());
    ASSERT_TRUE(this->store().AppendDecision(study, MakeDecision(id)).ok());
  }
  const auto expect = [&](const auto& records, int count) {
    ASSERT_GE(records.size(), static_cast<std::size_t>(kMost));
    ASSERT_LE(records.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(records.front().id, last);
    EXPECT_EQ(records.back().id, last - static_cast<std::int64_t>(records.size()) + 1);
  };
  expect(this->store().ListTrials(study, 0, 2 * kMost).value(), kMost + TrialStore::kPruneEvery);
  expect(this->store().ListDecisions(study, 0, 2 * kMost).value(), kMost + TrialStore::kPruneEvery);
  // Opening lets go of the rest.
  ASSERT_TRUE(this->store().AppendTrial(study, MakeTrial(last + 1)).ok());
  EXPECT_EQ(this->OpenStudy(), study);
  EXPECT_EQ(this->store().ListTrials(study, 0, 2 * kMost).value().size(),
            static_cast<std::size_t>(kMost));
  // Each study has its own.
  EXPECT_EQ(this->store().ListTrials(other, 0, 10).value().size(), 1u);
}

TYPED_TEST(TrialStoreContract, OfStudiesTheNewestAreKeptAndTheOneBefore) {
  const auto open = [this](const char* instance, int number) {
    return this->store()
        .OpenStudy({"service", instance, "reference", static_cast<std::uint64_t>(number)},
                   WallTime(std::chrono::seconds(number)))
        .value();
  };
  const Study saved = open("one", 1);
  ASSERT_TRUE(this->store().SaveCheckpoint(saved.id, Checkpoint{}).ok());
  const Study forgotten = open("one", 2);
  ASSERT_TRUE(this->store().AppendTrial(forgotten.id, MakeTrial(1)).ok());
  Study newest;
  for (int i = 3; i <= TrialStore::kMaxStudies + 3; ++i) newest = open("one", i);
  EXPECT_EQ(newest.before, saved.id);
  EXPECT_TRUE(this->store().LoadCheckpoint(saved.id).ok());
  EXPECT_EQ(this->store().ListTrials(forgotten.id, 0, 1).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(this->store().ListTrials(open("one", 4).id, 0, 1).ok());
  // The same question begins a study anew.
  EXPECT_NE(open("one", 2).id, forgotten.id);
}

TYPED_TEST(TrialStoreContract, TheStudyOfTheHostThatWasSavedLastIsKnown) {
  const auto open = [this](const char* instance, std::uint64_t space) {
    return this->store().OpenStudy({"a/b", instance, "reference", space}, WallTime()).value();
  };
  const Study first = open("one", 1);
  EXPECT_EQ(first.before, "");
  ASSERT_TRUE(this->store().SaveCheckpoint(first.id, Checkpoint{}).ok());
  EXPECT_EQ(open("one", 1).before, "");
  const Study second = open("one", 2);
  EXPECT_EQ(second.before, first.id);
  ASSERT_TRUE(this->store().SaveCheckpoint(second.id, Checkpoint{}).ok());
  EXPECT_EQ(open("one", 2).before, "");
  EXPECT_EQ(open("one", 1).before, second.id);
  // Another host's are its own.
  EXPECT_EQ(open("two", 1).before, "");
}

TYPED_TEST(TrialStoreContract, AnUnknownStudyIsNotFound) {
  EXPECT_EQ(this->store().LoadCheckpoint("none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(this->store().AppendTrial("none", MakeTrial(1)).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(this->store().ListTrials("none", 0, 1).status().code(), absl::StatusCode::kNotFound);
}

class SqliteStoreTest : public testing::Test {
 protected:
  ~SqliteStoreTest() override { std::filesystem::remove_all(directory_); }
  absl::StatusOr<std::unique_ptr<SqliteStore>> Open() { return SqliteStore::Open(path_, &aside_); }
  std::string directory_ = TemporaryDirectory();
  std::string path_ = directory_ + "/store.db";
  std::string aside_;
};

TEST_F(SqliteStoreTest, KeepsEverythingOverAReopening) {
  const std::string tuner = Open().value()->TunerId().value();
  EXPECT_EQ(Open().value()->TunerId().value(), tuner);
}

TEST_F(SqliteStoreTest, ADamagedFileIsSetAsideWhole) {
  std::ofstream(path_) << "this is no database, and long enough to be looked at as one....";
  ASSERT_TRUE(Open().ok());
  ASSERT_FALSE(aside_.empty());
  std::ifstream kept(aside_);
  std::string text;
  std::getline(kept, text);
  EXPECT_THAT(text, testing::HasSubstr("this is no database"));
}

TEST_F(SqliteStoreTest, ANewerSchemaIsRefusedAndUntouched) {
  Open().value().reset();
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  const auto store = Open();
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(SQLite::Database(path_).execAndGet("PRAGMA user_version").getInt(), 99);
}

// As version 1 made and filled it.
constexpr const char* kVersion1 = R"(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE studies (
  id TEXT PRIMARY KEY, service TEXT NOT NULL, instance TEXT NOT NULL, objective TEXT NOT NULL,
  space TEXT NOT NULL, created_ns INTEGER NOT NULL, checkpoint TEXT, intent TEXT,
  UNIQUE (service, instance, objective, space));
CREATE TABLE trials (study TEXT NOT NULL, id INTEGER NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (study, id)) WITHOUT ROWID;
CREATE TABLE decisions (study TEXT NOT NULL, id INTEGER NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (study, id)) WITHOUT ROWID;
CREATE TABLE windows (id INTEGER PRIMARY KEY AUTOINCREMENT, study TEXT NOT NULL,
  trial INTEGER NOT NULL, record TEXT NOT NULL);
CREATE INDEX windows_of_study ON windows (study, id);
INSERT INTO meta VALUES ('tuner_id', 'trimtab-old');
INSERT INTO studies VALUES ('old', 's', 'i', 'o', '0000000000000007', 5,
  '{"round":3,"round_open":true,"trials_in_round":2,"baseline":null,"incumbent":{"config":'
  || '{"a":1},"score":{"value":0.1234567890123456789,"standard_error":null},"metrics":{},'
  || '"compliance":{"latency_p99":null,"throughput":null,"availability":null,"error_rate":null,'
  || '"compliant":true}},"previous":null,"gain":null,"stopped":false,"paused":true,'
  || '"pause_reason":"lunch","pinned":true}',
  '{"kind":4,"config":{"a":2},"committed":{},"expected_generation":9,"boot_id":"","made_ns":1}');
INSERT INTO studies VALUES ('new', 's', 'i', 'o2', '0000000000000007', 5, NULL, NULL);
INSERT INTO studies VALUES ('bad', 's', 'i', 'o3', '0000000000000007', 5, '{broken', NULL);
INSERT INTO trials VALUES ('old', 1,
  '{"id":1,"round":3,"purpose":1,"config":{"a":1},"config_in_force":{"a":1},"verdict":0,'
  || '"reason":"","score":{"value":2.5,"standard_error":0.5},"metrics":{"latency_p99_ms":3.0},'
  || '"requests":10,"windows":2,"length_ns":5,"compliance":{"latency_p99":null,'
  || '"throughput":null,"availability":null,"error_rate":null,"compliant":null},'
  || '"generation":4,"started_ns":1,"ended_ns":2,"strategy":"grid","seed":18446744073709551615}');
PRAGMA application_id = 1953655149;
PRAGMA user_version = 1;
)";

TEST_F(SqliteStoreTest, AnOlderSchemaIsBroughtUpToDateWithAllThatItHolds) {
  SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(kVersion1);
  {
    const auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(aside_, "");
    SqliteStore& store = **opened;
    EXPECT_EQ(store.TunerId().value(), "trimtab-old");
    const Checkpoint checkpoint = store.LoadCheckpoint("old").value().value();
    EXPECT_EQ(checkpoint.round, 3);
    EXPECT_TRUE(checkpoint.pinned);
    EXPECT_EQ(checkpoint.pause_reason, "lunch");
    EXPECT_FALSE(checkpoint.baseline);
    EXPECT_EQ(checkpoint.incumbent->score->value, 0.1234567890123456789);
    EXPECT_TRUE(checkpoint.judged.empty());
    EXPECT_FALSE(checkpoint.explored);
    EXPECT_EQ(checkpoint.sla_budget.observed, Duration::zero());
    EXPECT_FALSE(store.LoadCheckpoint("new").value());
    EXPECT_EQ(store.LoadCheckpoint("bad").status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(store.LoadIntent("old").value()->kind, Intent::Kind::kPin);
    const Trial trial = store.ListTrials("old", 0, 10).value().at(0);
    EXPECT_EQ(trial.seed, 18446744073709551615u);
    EXPECT_EQ(*trial.config.Find("a"), ParameterValue(std::int64_t{1}));
    EXPECT_FALSE(trial.predicted);
    EXPECT_TRUE(store.AppendAudit({AuditEntry()}, {}, WallTime()).ok());
  }
  EXPECT_EQ(SQLite::Database(path_).execAndGet("PRAGMA user_version").getInt(),
            SqliteStore::kSchemaVersion);
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteStoreTest, AnotherProgramsDatabaseIsRefused) {
  SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t (x)");
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteStoreTest, OneAtATime) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  const auto second = Open();
  ASSERT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), testing::HasSubstr(std::to_string(getpid())));
}

TEST_F(SqliteStoreTest, AMissingDirectoryIsAClearError) {
  path_ = directory_ + "/none/store.db";
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace trimtab
