// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/search/bayes.h"
#include "daemon/search/cli/space_message.h"

namespace trimtab::search_cli {

// One search over JSON lines; `trimtab-search --help` has the protocol. A line
// that is refused is answered with an error and changes nothing. Not
// thread-safe.
class Session {
 public:
  // The answer without its newline, or nothing for a message that has none.
  std::optional<std::string> Handle(std::string_view line);

  // Lines refused so far.
  int refused() const { return refused_; }

 private:
  absl::StatusOr<nlohmann::json> Perform(const nlohmann::json& message);
  absl::StatusOr<nlohmann::json> Suggest(const nlohmann::json& message);
  absl::Status Observe(const nlohmann::json& message);
  nlohmann::json IncumbentJson(const Incumbent& incumbent) const;
  nlohmann::json Best() const;
  nlohmann::json Front() const;
  nlohmann::json Importances() const;

  std::optional<Problem> problem_;
  std::unique_ptr<BayesStrategy> strategy_;
  std::vector<Observation> history_;
  int line_ = 0;
  int refused_ = 0;
};

}  // namespace trimtab::search_cli
