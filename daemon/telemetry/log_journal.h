// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "daemon/ports/journal.h"

namespace trimtab {

// The journal on standard error, by spdlog: text for people, or one JSON object
// a line. Times are UTC. Thread-safe.
class LogJournal final : public Journal {
 public:
  // `level`: "debug", "info", "warning", "error".
  LogJournal(bool json, const std::string& level);
  ~LogJournal() override;

  void Note(Level level, const std::string& message, const Fields& fields) override;
  void Record(const Trial& trial) override;
  void Record(const Decision& decision) override;

 private:
  struct Logger;
  std::unique_ptr<Logger> logger_;
  const bool json_;
};

}  // namespace trimtab
