// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/model/search_space.h"

namespace trimtab {

// What is said of a rule, by its place in the space's list.
struct RuleFinding {
  std::size_t rule = 0;
  std::string message;
};

// What is certain of the rules of a space before anything is tried. What could not
// be settled is not in it: a space in which nothing was found may still be empty.
struct RuleFindings {
  // No configuration obeys the rule; or, where it says so, the rule and another
  // one, or all of them.
  std::vector<RuleFinding> impossible;
  // Every configuration obeys the rule: it forbids nothing.
  std::vector<RuleFinding> idle;
  // Parameters that the rules leave one value.
  struct Held {
    std::string parameter;
    ParameterValue value;
  };
  std::vector<Held> held;
};

// Bounds of each parameter are narrowed by each rule until nothing moves; a range
// that is left is halved and looked at again, up to a bound on the work. So finite
// spaces are settled unless they are large and intricate; of a continuum only
// what its bounds and the sum of two rules contradict is found.
RuleFindings ExamineRules(const SearchSpace& space);

}  // namespace trimtab
