// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <absl/status/status.h>

#include <nlohmann/json.hpp>
#include <string>

#include "daemon/base/error.h"
#include "daemon/store/sqlite_store.h"

// How the store reads and writes; for its own sources.
namespace trimtab {
namespace store_detail {

inline absl::Status NoStudy(const std::string& study) {
  return Error(absl::StatusCode::kNotFound, "there is no study '{}'", study);
}

// Lets go of a study's records beyond the newest that are kept.
void PruneRecords(SQLite::Database& database, const char* table, const std::string& study);

// The library's error as one of ours.
absl::Status ToStatus(const SQLite::Exception& error);

template <typename Work>
absl::Status Guarded(const Work& work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    return ToStatus(error);
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(std::string("a stored record can't be read: ") + error.what());
  }
}

// Bytes that are no UTF-8 are replaced: a record is never refused for them.
inline std::string Text(const nlohmann::json& record) {
  return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace store_detail

template <typename Work>
absl::Status SqliteStore::Write(const Work& work) {
  const MutexLock lock(write_mutex_);
  // Named here, for the analysis of locks doesn't look into a lambda.
  SQLite::Database* const writer = &writer_;
  return store_detail::Guarded([&] {
    SQLite::Transaction transaction(*writer);
    absl::Status status = work(*writer);
    if (status.ok()) transaction.commit();
    return status;
  });
}

template <typename Work>
absl::Status SqliteStore::Read(const Work& work) {
  const MutexLock lock(read_mutex_);
  SQLite::Database* const reader = &reader_;
  return store_detail::Guarded([&] { return work(*reader); });
}

}  // namespace trimtab
