// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/model/search_space.h"

namespace trimtab {

// The points of a dimension whose places lie within `reach` of the value's; all
// of them for a category, a switch, and a value that has no place there.
Dimension Near(const Dimension& dimension, const ParameterValue& value, double reach);

// The part of a space within `reach` of a configuration in every dimension; a
// parameter that the configuration lacks keeps its whole range. The rules stay.
SearchSpace Near(const SearchSpace& space, const Configuration& center, double reach);

// The longest way from one point to the next, in places; 0 where there is no next
// one, and for a continuum, a category and a switch.
double WidestGap(const Dimension& dimension);

}  // namespace trimtab
