// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/v1/tuner.pb.h>

#include <string>

// The daemon's status for people: state, trial n of N, progress, score against
// the baseline, SLA. Nothing here prints.
namespace trimtab::cli {

// How a status is drawn.
struct Look {
  // Letters in a line; longer texts are wrapped.
  int width = 100;
  bool color = false;
};

// A screenful, a line for each thing; every line ends with a newline.
std::string StatusScreen(const v1::TunerStatus& status, const Look& look = {});
// One line of it, for logs. It changes with every trial and every tenth of a
// step, not with every window.
std::string StatusLine(const v1::TunerStatus& status);
// The bytes that draw a screen over the one before on a terminal of `rows`
// lines, which it never scrolls.
std::string Redraw(const std::string& screen, int rows);

}  // namespace trimtab::cli
