// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/search/strategy.h"

namespace trimtab {

// Every combination of a finite space, one after the other, the last parameter
// fastest. Needs no seed.
class GridStrategy final : public Strategy {
 public:
  // `space` must be finite.
  explicit GridStrategy(SearchSpace space) : space_(std::move(space)) {}

  std::string_view name() const override { return "grid"; }
  std::optional<Suggestion> Suggest(const std::vector<Observation>& history) const override;

 private:
  SearchSpace space_;
};

}  // namespace trimtab
