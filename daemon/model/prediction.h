// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace trimtab {

// What a model expects of a configuration's score, without the noise of a
// measurement.
struct Prediction {
  double value = 0;
  // Of the 95 % interval.
  double lower = 0;
  double upper = 0;

  friend bool operator==(const Prediction&, const Prediction&) = default;
};

// Whether going on is worth it.
struct Outlook {
  // By how much the best score found is expected to rise with the next trial.
  double expected_gain = 0;
  // The rise that is too small to care about or to be seen in the noise.
  double visible_gain = 0;
  // True when the expected gain is below the visible one.
  bool stop = false;

  friend bool operator==(const Outlook&, const Outlook&) = default;
};

}  // namespace trimtab
