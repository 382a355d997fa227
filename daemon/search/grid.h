// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/search/strategy.h"

namespace trimtab {

// Every combination of a finite space, one after the other, the last parameter
// fastest, from one on that the seed chooses: replicas don't try the same at the
// same time.
class GridStrategy final : public Strategy {
 public:
  // `space` must be finite.
  GridStrategy(SearchSpace space, std::uint64_t seed) : space_(std::move(space)), seed_(seed) {}

  std::string_view name() const override { return "grid"; }
  std::optional<Suggestion> Suggest(const std::vector<Observation>& history) const override;

 private:
  SearchSpace space_;
  std::uint64_t seed_;
};

}  // namespace trimtab
