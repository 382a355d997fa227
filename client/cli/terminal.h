// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace trimtab::cli {

// What standard output is.
struct Terminal {
  // A terminal on which the cursor can be moved; else a file, a pipe or `dumb`.
  bool movable = false;
  // Not where NO_COLOR is set (no-color.org).
  bool color = false;
  int width = 100;
  int rows = 24;

  // As it is now: a window may change its size.
  static Terminal Look();
};

}  // namespace trimtab::cli
