// SPDX-License-Identifier: Apache-2.0
#include "daemon/access/method_roles.h"

#include <algorithm>
#include <array>

namespace trimtab {
namespace {

struct Entry {
  std::string_view path;
  Role role;
  bool mutates = false;
};

constexpr std::array kMethods = {
    Entry{"/grpc.health.v1.Health/Check", Role::kNone},
    Entry{"/grpc.health.v1.Health/Watch", Role::kNone},
    Entry{"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Role::kViewer},
    Entry{"/trimtab.v1.TunerService/GetStatus", Role::kViewer},
    Entry{"/trimtab.v1.TunerService/WatchStatus", Role::kViewer},
    Entry{"/trimtab.v1.TunerService/GetBestConfiguration", Role::kViewer},
    Entry{"/trimtab.v1.TunerService/GetSlaCompliance", Role::kViewer},
    Entry{"/trimtab.v1.TunerService/ListTrials", Role::kViewer},
    Entry{"/trimtab.v1.TunerService/ListDecisions", Role::kViewer},
    Entry{"/trimtab.v1.TunerService/ExportStudy", Role::kViewer},
    Entry{"/trimtab.v1.TunerService/StartTuning", Role::kOperator, true},
    Entry{"/trimtab.v1.TunerService/PauseTuning", Role::kOperator, true},
    Entry{"/trimtab.v1.TunerService/ResumeTuning", Role::kOperator, true},
    Entry{"/trimtab.v1.TunerService/StopTuning", Role::kOperator, true},
    Entry{"/trimtab.v1.TunerService/RollbackConfiguration", Role::kOperator, true},
    Entry{"/trimtab.v1.TunerService/PinConfiguration", Role::kOperator, true},
    Entry{"/trimtab.v1.TunerService/ApproveCandidate", Role::kOperator, true},
    Entry{"/trimtab.v1.TunerService/RejectCandidate", Role::kOperator, true},
    Entry{"/trimtab.v1.TunerService/ImportStudy", Role::kAdmin, true},
    Entry{"/trimtab.v1.TunerService/ListAudit", Role::kAdmin},
};

const Entry* Find(std::string_view path) {
  const auto found = std::find_if(kMethods.begin(), kMethods.end(),
                                  [path](const Entry& entry) { return entry.path == path; });
  return found == kMethods.end() ? nullptr : &*found;
}

}  // namespace

std::optional<Role> RequiredRole(std::string_view path) {
  const Entry* entry = Find(path);
  if (entry == nullptr) return std::nullopt;
  return entry->role;
}

bool Mutates(std::string_view path) {
  const Entry* entry = Find(path);
  return entry != nullptr && entry->mutates;
}

}  // namespace trimtab
