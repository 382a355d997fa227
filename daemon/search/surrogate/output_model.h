// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "daemon/search/history/digest.h"
#include "daemon/search/surrogate/ensemble.h"
#include "daemon/search/surrogate/output_transform.h"

namespace trimtab::search {

// One measured quantity, lower is better, with its model.
struct OutputModel {
  OutputTransform transform;
  Targets targets;
  Ensemble ensemble;
  // Variance that one more measurement is expected to be told with: the median
  // of what the trials were told with.
  double told_variance = 0;
};

// The rows of all models of one suggestion: the study's configurations that
// were measured or failed, and after them those of prior trials.
struct ModelRows {
  std::vector<const Record*> own;
  std::vector<const Record*> prior;
  PointSet points;

  Eigen::Index own_count() const { return static_cast<Eigen::Index>(own.size()); }
};

// What is modelled.
struct Output {
  // The value of a sample, lower is better; NaN where not measured.
  std::function<double(const Sample&)> value;
  // For a constraint: the bound, in the same direction.
  std::optional<double> bound = std::nullopt;
  // Whether it is the score, whose standard error the trials tell.
  bool is_score = false;
};

// Transforms the rows' measurements into targets. Trials that failed count as
// the worst that was measured, except for a constraint, of which they say
// nothing; of the noise they say nothing in any case. Prior rows are transformed by themselves,
// because another host is faster or slower as a whole, and share an unknown offset. Nothing when no
// row has a value.
std::optional<OutputModel> MakeTargets(const ModelRows& rows, const Output& output);

}  // namespace trimtab::search
