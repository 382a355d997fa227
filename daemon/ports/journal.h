// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/model/decision.h"
#include "daemon/model/trial.h"

namespace trimtab {

// Where the daemon writes what happens, for people and log collectors.
// Thread-safe; never fails towards the caller.
class Journal {
 public:
  enum class Level { kDebug, kInfo, kWarning, kError };
  using Fields = std::vector<std::pair<std::string, std::string>>;

  virtual ~Journal() = default;

  virtual void Note(Level level, const std::string& message, const Fields& fields = {}) = 0;
  virtual void Record(const Trial& trial) = 0;
  // One record a change.
  virtual void Record(const Decision& decision) = 0;
};

}  // namespace trimtab
