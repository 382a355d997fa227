// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite_store.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <random>

#include "daemon/base/error.h"
#include "daemon/store/json_codec.h"
#include "daemon/store/json_reading.h"
#include "daemon/store/sqlite_work.h"

namespace trimtab {
namespace {

using nlohmann::json;
using store_detail::Guarded;
using store_detail::Text;

constexpr int kBusyTimeoutMs = 2000;

std::string NewId() {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}", entropy(), entropy());
}

// Key of what tells the study of a host that was saved last; an instance's name
// may hold anything.
constexpr const char* kSavedLast = "'saved_last/' || length({0}) || '/' || {0} || '/' || {1}";

absl::Status NoStudy(const std::string& study) {
  return Error(absl::StatusCode::kNotFound, "there is no study '{}'", study);
}

// Lets go of a study's records beyond the newest that are kept.
void PruneRecords(SQLite::Database& database, const char* table, const std::string& study) {
  SQLite::Statement prune(database,
                          fmt::format("DELETE FROM {0} WHERE study = ?1 AND id <= (SELECT id FROM "
                                      "{0} WHERE study = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                                      table));
  prune.bind(1, study);
  prune.bind(2, TrialStore::kMaxRecords);
  prune.exec();
}

// Lets go of whole studies beyond the newest, but for the two named.
void PruneStudies(SQLite::Database& database, const std::string& opened,
                  const std::string& before) {
  SQLite::Statement prune(database,
                          "DELETE FROM studies WHERE id NOT IN (?1, ?2) AND id NOT IN (SELECT id "
                          "FROM studies ORDER BY created_ns DESC, rowid DESC LIMIT ?3)");
  prune.bind(1, opened);
  prune.bind(2, before);
  prune.bind(3, TrialStore::kMaxStudies);
  if (prune.exec() == 0) return;
  for (const char* table : {"trials", "decisions", "windows"}) {
    database.exec(fmt::format("DELETE FROM {} WHERE study NOT IN (SELECT id FROM studies)", table));
  }
  database.exec(
      "DELETE FROM meta WHERE key LIKE 'saved_last/%' AND value NOT IN (SELECT id FROM studies)");
}

}  // namespace

namespace store_detail {

absl::Status ToStatus(const SQLite::Exception& error) {
  const std::string what = std::string("SQLite: ") + error.what();
  switch (error.getErrorCode() & 0xff) {
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(what);
    case SQLITE_IOERR:
      // A limit on the size of files shows itself as an I/O error of writing.
      return absl::ResourceExhaustedError(what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return absl::UnavailableError(what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(what);
    case SQLITE_CONSTRAINT:
      return absl::InvalidArgumentError(what);
    default:
      return absl::InternalError(what);
  }
}

}  // namespace store_detail

SqliteStore::SqliteStore(const std::string& path, int lock_file)
    : lock_file_(lock_file),
      writer_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs),
      reader_(path, SQLite::OPEN_READONLY, kBusyTimeoutMs) {
  writer_.exec("PRAGMA synchronous = FULL");
  writer_.exec("PRAGMA foreign_keys = ON");
}

SqliteStore::~SqliteStore() { close(lock_file_); }

absl::StatusOr<std::string> SqliteStore::TunerId() {
  std::string id;
  absl::Status status = Write([&](SQLite::Database& database) {
    SQLite::Statement insert(database, "INSERT OR IGNORE INTO meta VALUES ('tuner_id', ?)");
    insert.bind(1, "trimtab-" + NewId());
    insert.exec();
    id = database.execAndGet("SELECT value FROM meta WHERE key = 'tuner_id'").getString();
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return id;
}

absl::StatusOr<Study> SqliteStore::OpenStudy(const StudyKey& key, WallTime now) {
  Study study;
  study.key = key;
  const std::string fingerprint = fmt::format("{:016x}", key.space_fingerprint);
  absl::Status status = Write([&](SQLite::Database& database) {
    SQLite::Statement insert(
        database,
        "INSERT OR IGNORE INTO studies (id, service, instance, objective, space, created_ns) "
        "VALUES (?, ?, ?, ?, ?, ?)");
    insert.bind(1, NewId());
    insert.bind(2, key.host_service);
    insert.bind(3, key.host_instance);
    insert.bind(4, key.objective);
    insert.bind(5, fingerprint);
    insert.bind(6, store_codec::Nanos(now));
    insert.exec();
    SQLite::Statement select(
        database,
        "SELECT id, created_ns FROM studies WHERE service = ? AND instance = ? "
        "AND objective = ? AND space = ?");
    select.bind(1, key.host_service);
    select.bind(2, key.host_instance);
    select.bind(3, key.objective);
    select.bind(4, fingerprint);
    if (!select.executeStep()) return absl::InternalError("the study was not made");
    study.id = select.getColumn(0).getString();
    study.created_at = store_codec::TimeFromNanos(select.getColumn(1).getInt64());
    SQLite::Statement last(database, "SELECT value FROM meta WHERE key = " +
                                         fmt::format(fmt::runtime(kSavedLast), "?1", "?2"));
    last.bind(1, key.host_service);
    last.bind(2, key.host_instance);
    if (last.executeStep()) study.before = last.getColumn(0).getString();
    if (study.before == study.id) study.before.clear();
    PruneRecords(database, "trials", study.id);
    PruneRecords(database, "decisions", study.id);
    PruneStudies(database, study.id, study.before);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return study;
}

absl::StatusOr<std::optional<std::string>> SqliteStore::LoadText(const char* column,
                                                                 const std::string& study) {
  std::optional<std::string> text;
  absl::Status status = Read([&](SQLite::Database& database) {
    SQLite::Statement select(database, fmt::format("SELECT {} FROM studies WHERE id = ?", column));
    select.bind(1, study);
    if (!select.executeStep()) return NoStudy(study);
    if (!select.getColumn(0).isNull()) text = select.getColumn(0).getString();
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return text;
}

absl::Status SqliteStore::SetIntent(const std::string& study,
                                    const std::optional<std::string>& text) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement update(database, "UPDATE studies SET intent = ? WHERE id = ?");
    if (text) {
      update.bind(1, *text);
    } else {
      update.bind(1);
    }
    update.bind(2, study);
    return update.exec() == 1 ? absl::OkStatus() : NoStudy(study);
  });
}

absl::StatusOr<std::optional<Checkpoint>> SqliteStore::LoadCheckpoint(const std::string& study) {
  const auto text = LoadText("checkpoint", study);
  if (!text.ok()) return text.status();
  std::optional<Checkpoint> checkpoint;
  absl::Status status = Guarded([&] {
    if (*text) checkpoint = store_codec::CheckpointFrom(json::parse(**text));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return checkpoint;
}

absl::Status SqliteStore::SaveCheckpoint(const std::string& study, const Checkpoint& checkpoint) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement update(database, "UPDATE studies SET checkpoint = ? WHERE id = ?");
    update.bind(1, Text(store_codec::ToJson(checkpoint)));
    update.bind(2, study);
    if (update.exec() != 1) return NoStudy(study);
    SQLite::Statement last(
        database, fmt::format("INSERT OR REPLACE INTO meta SELECT {}, id FROM studies "
                              "WHERE id = ?",
                              fmt::format(fmt::runtime(kSavedLast), "service", "instance")));
    last.bind(1, study);
    last.exec();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<Intent>> SqliteStore::LoadIntent(const std::string& study) {
  const auto text = LoadText("intent", study);
  if (!text.ok()) return text.status();
  std::optional<Intent> intent;
  absl::Status status = Guarded([&] {
    if (*text) intent = store_codec::IntentFrom(json::parse(**text));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return intent;
}

absl::Status SqliteStore::SaveIntent(const std::string& study, const Intent& intent) {
  return SetIntent(study, Text(store_codec::ToJson(intent)));
}

absl::Status SqliteStore::ClearIntent(const std::string& study) {
  return SetIntent(study, std::nullopt);
}

absl::Status SqliteStore::Append(const char* table, const std::string& study, std::int64_t id,
                                 const std::string& record) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement last(database, fmt::format("SELECT max(id) FROM {} WHERE study = ?", table));
    last.bind(1, study);
    if (last.executeStep() && last.getColumn(0).getInt64() >= id) {
      return Error(absl::StatusCode::kInvalidArgument, "{}: id {} is not above {}", table, id,
                   last.getColumn(0).getInt64());
    }
    SQLite::Statement known(database, "SELECT 1 FROM studies WHERE id = ?");
    known.bind(1, study);
    if (!known.executeStep()) return NoStudy(study);
    SQLite::Statement insert(database, fmt::format("INSERT INTO {} VALUES (?, ?, ?)", table));
    insert.bind(1, study);
    insert.bind(2, id);
    insert.bind(3, record);
    insert.exec();
    if (id % kPruneEvery == 0) PruneRecords(database, table, study);
    return absl::OkStatus();
  });
}

absl::Status SqliteStore::AppendTrial(const std::string& study, const Trial& trial) {
  return Append("trials", study, trial.id, Text(store_codec::ToJson(trial)));
}

absl::Status SqliteStore::AppendDecision(const std::string& study, const Decision& decision) {
  return Append("decisions", study, decision.id, Text(store_codec::ToJson(decision)));
}

absl::Status SqliteStore::AppendWindow(const std::string& study, std::int64_t trial_id,
                                       const HostWindow& window) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement known(database, "SELECT 1 FROM studies WHERE id = ?");
    known.bind(1, study);
    if (!known.executeStep()) return NoStudy(study);
    SQLite::Statement insert(database,
                             "INSERT INTO windows (study, trial, record) VALUES (?, ?, ?)");
    insert.bind(1, study);
    insert.bind(2, trial_id);
    insert.bind(3, Text(store_codec::ToJson(window)));
    insert.exec();
    SQLite::Statement trim(database,
                           "DELETE FROM windows WHERE study = ? AND id <= (SELECT id FROM windows "
                           "WHERE study = ? ORDER BY id DESC LIMIT 1 OFFSET ?)");
    trim.bind(1, study);
    trim.bind(2, study);
    trim.bind(3, kMaxWindows);
    trim.exec();
    return absl::OkStatus();
  });
}

template <typename Decode>
absl::Status SqliteStore::List(const char* table, const std::string& study, std::int64_t before_id,
                               int limit, const Decode& decode) {
  return Read([&](SQLite::Database& database) {
    SQLite::Statement known(database, "SELECT 1 FROM studies WHERE id = ?");
    known.bind(1, study);
    if (!known.executeStep()) return NoStudy(study);
    SQLite::Statement select(
        database, fmt::format("SELECT record FROM {} WHERE study = ? AND (? = 0 OR id < ?) "
                              "ORDER BY id DESC LIMIT ?",
                              table));
    select.bind(1, study);
    select.bind(2, before_id);
    select.bind(3, before_id);
    select.bind(4, limit);
    while (select.executeStep()) decode(json::parse(select.getColumn(0).getString()));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<Trial>> SqliteStore::ListTrials(const std::string& study,
                                                           std::int64_t before_id, int limit) {
  std::vector<Trial> trials;
  absl::Status status = List("trials", study, before_id, limit, [&](const json& record) {
    trials.push_back(store_codec::TrialFrom(record));
  });
  if (!status.ok()) return status;
  return trials;
}

absl::StatusOr<std::vector<Decision>> SqliteStore::ListDecisions(const std::string& study,
                                                                 std::int64_t before_id,
                                                                 int limit) {
  std::vector<Decision> decisions;
  absl::Status status = List("decisions", study, before_id, limit, [&](const json& record) {
    decisions.push_back(store_codec::DecisionFrom(record));
  });
  if (!status.ok()) return status;
  return decisions;
}

absl::StatusOr<std::vector<HostWindow>> SqliteStore::ListWindows(const std::string& study,
                                                                 int limit) {
  std::vector<HostWindow> windows;
  absl::Status status = List("windows", study, 0, limit, [&](const json& record) {
    windows.push_back(store_codec::WindowFrom(record));
  });
  if (!status.ok()) return status;
  return windows;
}

}  // namespace trimtab
