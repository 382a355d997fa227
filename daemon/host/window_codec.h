// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/model/window.h"
#include "trimtab/v1/metrics.pb.h"

namespace trimtab::host_codec {

// Why a window can't be used. `word` is one of: "boot" (no boot id), "sequence"
// (not positive), "length" (not positive), "time" (a malformed time),
// "negative", "nan", "percent", "quantiles" (they descend), "counts" (errors
// and timeouts above requests), "histogram" (outside its layout, or not of the
// requests counted).
struct WindowDefect {
  std::string_view word;
  std::string detail;
};

// Fills `window`, or says what is wrong with the snapshot; `window` holds
// rubbish then. That the end isn't before the start is not demanded: the host's
// wall clock may have been set back in between, and rates are over the length.
std::optional<WindowDefect> DecodeWindow(const v1::MetricsSnapshot& snapshot, HostWindow* window);

}  // namespace trimtab::host_codec
