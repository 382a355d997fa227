// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/sobol.h"

#include <boost/random/sobol.hpp>

#include "daemon/base/random.h"
#include "daemon/search/sequence.h"

namespace trimtab {

std::optional<Suggestion> SobolStrategy::Suggest(const std::vector<Observation>& history) const {
  const std::size_t count = space_.dimensions().size();
  Random random(seed_);
  const std::uint64_t fallback_start = random.Next();
  std::vector<std::uint64_t> shift(count);
  for (std::uint64_t& each : shift) each = random.Next();

  boost::random::sobol sequence(count);
  const auto next = [&] {
    std::vector<double> place(count);
    for (std::size_t i = 0; i < count; ++i) {
      // The sequence's numbers are 64 bits wide; 53 of them fit a double.
      place[i] = static_cast<double>((sequence() ^ shift[i]) >> 11) * 0x1.0p-53;
    }
    return place;
  };
  return FirstUnseenAlong(space_, history, next, fallback_start);
}

}  // namespace trimtab
