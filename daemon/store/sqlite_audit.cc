// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/audit_codec.h"
#include "daemon/store/json_reading.h"
#include "daemon/store/sqlite_store.h"
#include "daemon/store/sqlite_work.h"

namespace trimtab {

using store_codec::Nanos;
using store_detail::Text;

absl::Status SqliteStore::AppendAudit(const std::vector<AuditEntry>& entries,
                                      const AuditRetention& retention, WallTime now) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement insert(database,
                             "INSERT INTO audit (refusal, made_ns, record) VALUES (?, ?, ?)");
    for (const AuditEntry& each : entries) {
      insert.bind(1, IsRefusal(each) ? 1 : 0);
      insert.bind(2, Nanos(each.made_at));
      insert.bind(3, Text(store_codec::ToJson(each)));
      insert.exec();
      insert.reset();
    }
    SQLite::Statement trim(database,
                           "DELETE FROM audit WHERE refusal = ? AND id <= (SELECT id FROM audit "
                           "WHERE refusal = ? ORDER BY id DESC LIMIT 1 OFFSET ?)");
    for (const bool refusal : {false, true}) {
      trim.bind(1, refusal ? 1 : 0);
      trim.bind(2, refusal ? 1 : 0);
      trim.bind(3, refusal ? retention.refused : retention.accepted);
      trim.exec();
      trim.reset();
    }
    SQLite::Statement expire(database, "DELETE FROM audit WHERE made_ns < ?");
    expire.bind(1, Nanos(now) - retention.max_age.count());
    expire.exec();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<AuditEntry>> SqliteStore::ListAudit(std::int64_t before_id, int limit) {
  std::vector<AuditEntry> entries;
  absl::Status status = Read([&](SQLite::Database& database) {
    SQLite::Statement select(database,
                             "SELECT id, record FROM audit WHERE (? = 0 OR id < ?) "
                             "ORDER BY id DESC LIMIT ?");
    select.bind(1, before_id);
    select.bind(2, before_id);
    select.bind(3, limit);
    while (select.executeStep()) {
      entries.push_back(
          store_codec::AuditFrom(nlohmann::json::parse(select.getColumn(1).getString())));
      entries.back().id = select.getColumn(0).getInt64();
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return entries;
}

}  // namespace trimtab
