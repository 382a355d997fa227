// SPDX-License-Identifier: Apache-2.0
#include "daemon/measure/judge.h"

namespace trimtab {

const char* Name(WindowJudgement judgement) {
  switch (judgement) {
    case WindowJudgement::kCurrent:
      return "current";
    case WindowJudgement::kSuperseded:
      return "superseded";
    case WindowJudgement::kRepeated:
      return "repeated";
    case WindowJudgement::kOtherBoot:
      return "other_boot";
    case WindowJudgement::kNewerGeneration:
      return "newer_generation";
  }
  return "unknown";
}

WindowJudgement Judge(const HostWindow& window, const std::string& boot_id, std::int64_t generation,
                      std::int64_t last_sequence) {
  if (window.boot_id != boot_id) return WindowJudgement::kOtherBoot;
  if (window.sequence <= last_sequence) return WindowJudgement::kRepeated;
  if (window.generation > generation) return WindowJudgement::kNewerGeneration;
  if (window.superseded || window.generation < generation) return WindowJudgement::kSuperseded;
  return WindowJudgement::kCurrent;
}

}  // namespace trimtab
