// SPDX-License-Identifier: Apache-2.0
// The store's file as found on a disk: opened, set aside or refused, never read
// wrongly, and what was opened can be written.
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "daemon/store/sqlite_store.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace trimtab;

void Use(SqliteStore& store) {
  (void)store.TunerId();
  (void)store.ListAudit(0, 100);
  (void)store.AppendAudit({AuditEntry()}, AuditRetention(), WallTime());
  const auto study = store.OpenStudy({"service", "instance", "reference", 1}, WallTime());
  if (!study.ok()) return;
  (void)store.LoadCheckpoint(study->id);
  (void)store.LoadIntent(study->id);
  (void)store.ListTrials(study->id, 0, 100);
  (void)store.ListDecisions(study->id, 0, 100);
  (void)store.ListWindows(study->id, 100);
  (void)store.SaveCheckpoint(study->id, Checkpoint());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string folder = (std::filesystem::temp_directory_path() / "trimtab-fuzz-XXXXXX").string();
  fuzz::Require(mkdtemp(folder.data()) != nullptr, "a folder for the file");
  const std::string path = folder + "/trimtab.db";
  std::ofstream(path, std::ios::binary) << fuzz::Text(data, size);
  {
    std::string set_aside;
    const auto store = SqliteStore::Open(path, &set_aside);
    if (store.ok()) Use(**store);
    fuzz::Require(set_aside.empty() || std::filesystem::exists(set_aside),
                  "what is set aside is kept");
    fuzz::Require(store.ok() || !store.status().message().empty(), "a refusal says why");
  }
  std::filesystem::remove_all(folder);
  return 0;
}
