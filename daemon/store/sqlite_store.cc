// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite_store.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/store/json_codec.h"
#include "daemon/store/json_reading.h"
#include "daemon/store/sqlite_work.h"

namespace trimtab {
namespace {

using nlohmann::json;
using store_detail::NoStudy;
using store_detail::PruneRecords;
using store_detail::Text;

constexpr int kBusyTimeoutMs = 2000;

}  // namespace

namespace store_detail {

void PruneRecords(SQLite::Database& database, const char* table, const std::string& study) {
  SQLite::Statement prune(database,
                          fmt::format("DELETE FROM {0} WHERE study = ?1 AND id <= (SELECT id FROM "
                                      "{0} WHERE study = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                                      table));
  prune.bind(1, study);
  prune.bind(2, TrialStore::kMaxRecords);
  prune.exec();
}

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
