// SPDX-License-Identifier: Apache-2.0
// The part of the store that keeps studies and where each of them stands.
#include <fmt/format.h>

#include <cstdlib>
#include <random>

#include "daemon/store/json_codec.h"
#include "daemon/store/json_reading.h"
#include "daemon/store/sqlite_work.h"

namespace trimtab {
namespace {

using nlohmann::json;
using store_detail::Guarded;
using store_detail::NoStudy;
using store_detail::PruneRecords;
using store_detail::Text;

std::string NewId() {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}", entropy(), entropy());
}

// Key of what tells the study of a host that was saved last; an instance's name
// may hold anything.
constexpr const char* kSavedLast = "'saved_last/' || length({0}) || '/' || {0} || '/' || {1}";

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

absl::StatusOr<std::vector<Study>> SqliteStore::ListStudies(const std::string& service, int limit) {
  std::vector<Study> studies;
  absl::Status status = Read([&](SQLite::Database& database) {
    SQLite::Statement select(
        database,
        "SELECT id, instance, objective, space, created_ns FROM studies WHERE service = ? "
        "ORDER BY rowid DESC LIMIT ?");
    select.bind(1, service);
    select.bind(2, limit);
    while (select.executeStep()) {
      Study study;
      study.id = select.getColumn(0).getString();
      study.key = {service, select.getColumn(1).getString(), select.getColumn(2).getString(),
                   std::strtoull(select.getColumn(3).getText(), nullptr, 16)};
      study.created_at = store_codec::TimeFromNanos(select.getColumn(4).getInt64());
      studies.push_back(std::move(study));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return studies;
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

}  // namespace trimtab
