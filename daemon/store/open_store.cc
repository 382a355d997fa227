// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <iterator>

#include "daemon/base/error.h"
#include "daemon/store/sqlite_store.h"

namespace trimtab {
namespace {

// "trim", so that other programs' databases are told from ours.
constexpr int kApplicationId = 0x7472696d;

constexpr const char* kSchema = R"(
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
CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, refusal INTEGER NOT NULL,
  made_ns INTEGER NOT NULL, record TEXT NOT NULL);
CREATE INDEX audit_by_kind ON audit (refusal, id);
CREATE INDEX audit_by_time ON audit (made_ns);
)";

// What each version added to what the one before wrote; the first entry leads from
// version 1 to 2. A damaged record stays as it is, to be told of when it is read.
constexpr const char* kMigrations[] = {R"(
UPDATE studies SET checkpoint = json_insert(checkpoint,
  '$.reference', NULL, '$.explored', json('false'), '$.judged', json('[]'),
  '$.since_incumbent', 0, '$.empty_trials', 0, '$.refused_candidates', 0,
  '$.settled_suggestions', 0, '$.sla_budget', json('{"in_breach_ns":0,"observed_ns":0}'),
  '$.exploration_budget', json('{"in_breach_ns":0,"observed_ns":0}'), '$.outlook', NULL,
  '$.importances', json('{}')) WHERE json_valid(checkpoint);
UPDATE trials SET record = json_insert(record, '$.predicted', NULL) WHERE json_valid(record);
)",
                                       R"(
CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, refusal INTEGER NOT NULL,
  made_ns INTEGER NOT NULL, record TEXT NOT NULL);
CREATE INDEX audit_by_kind ON audit (refusal, id);
CREATE INDEX audit_by_time ON audit (made_ns);
)"};
static_assert(std::size(kMigrations) + 1 == SqliteStore::kSchemaVersion);

// Takes the lock that one process at a time may hold.
absl::StatusOr<int> Lock(const std::string& path) {
  const std::string name = path + ".lock";
  const int file = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return Error(absl::StatusCode::kUnavailable, "can't open {}: {}", name, std::strerror(errno));
  }
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t length = pread(file, holder, sizeof(holder) - 1, 0);
    close(file);
    return Error(absl::StatusCode::kFailedPrecondition,
                 "another trimtabd (process {}) uses the store {}", length > 0 ? holder : "unknown",
                 path);
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(file, 0) != 0 || pwrite(file, pid.data(), pid.size(), 0) < 0) {
    // The lock is what counts; the number in it is for the error message.
    errno = 0;
  }
  return file;
}

// OK: good, or not there yet. DATA_LOSS: damaged. Others: not to be touched.
absl::Status Inspect(const std::string& path) {
  std::error_code unknown;
  const std::filesystem::file_status file = std::filesystem::status(path, unknown);
  if (file.type() == std::filesystem::file_type::not_found) return absl::OkStatus();
  if (!std::filesystem::is_regular_file(file)) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{} is no file; name a file that is or may be", path);
  }
  if (std::filesystem::file_size(path, unknown) == 0) return absl::OkStatus();
  try {
    SQLite::Database database(path, SQLite::OPEN_READWRITE, 2000);
    const int application = database.execAndGet("PRAGMA application_id").getInt();
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    const int tables = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt();
    if (application != kApplicationId && tables > 0) {
      return Error(absl::StatusCode::kFailedPrecondition,
                   "{} is a database of another program; name another file", path);
    }
    if (version > SqliteStore::kSchemaVersion) {
      return Error(absl::StatusCode::kFailedPrecondition,
                   "{} has schema version {}, but this trimtabd knows {} at most; use a newer one",
                   path, version, SqliteStore::kSchemaVersion);
    }
    const std::string check = database.execAndGet("PRAGMA quick_check(1)").getString();
    if (check != "ok") return absl::DataLossError(check);
    return absl::OkStatus();
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode() & 0xff;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) return absl::DataLossError(error.what());
    return Error(absl::StatusCode::kUnavailable, "can't open the store {}: {}", path, error.what());
  }
}

absl::Status SetAside(const std::string& path, std::string* set_aside) {
  const std::string aside =
      fmt::format("{}.corrupt-{:%Y%m%dT%H%M%SZ}", path, fmt::gmtime(std::time(nullptr)));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code error;
    if (!std::filesystem::exists(path + suffix, error)) continue;
    std::filesystem::rename(path + suffix, aside + suffix, error);
    if (error) {
      return Error(absl::StatusCode::kUnavailable, "can't set the damaged store {} aside: {}", path,
                   error.message());
    }
  }
  *set_aside = aside;
  return absl::OkStatus();
}

// Makes the schema, or brings an older one up to date.
void MakeSchema(const std::string& path) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 2000);
  database.exec("PRAGMA journal_mode = WAL");
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (version == SqliteStore::kSchemaVersion) return;
  SQLite::Transaction transaction(database);
  if (version == 0) {
    database.exec(kSchema);
  } else {
    for (int from = version; from < SqliteStore::kSchemaVersion; ++from) {
      database.exec(kMigrations[from - 1]);
    }
  }
  database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  database.exec(fmt::format("PRAGMA user_version = {}", SqliteStore::kSchemaVersion));
  transaction.commit();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& path,
                                                               std::string* set_aside) {
  set_aside->clear();
  absl::StatusOr<int> lock = Lock(path);
  if (!lock.ok()) return lock.status();
  absl::Status status = Inspect(path);
  if (absl::IsDataLoss(status)) status = SetAside(path, set_aside);
  if (status.ok()) {
    try {
      MakeSchema(path);
      return std::unique_ptr<SqliteStore>(new SqliteStore(path, *lock));
    } catch (const SQLite::Exception& error) {
      status =
          Error(absl::StatusCode::kUnavailable, "can't open the store {}: {}", path, error.what());
    }
  }
  close(*lock);
  return status;
}

}  // namespace trimtab
