// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "client/host/recorder_lanes.h"

namespace trimtab::host {

// The lane that this thread used last, so that most requests needn't look. Plain
// data: a thread-local with a constructor would cost a check at every request.
// The TLS model spares a call that position-independent code makes otherwise; in
// a library that is loaded late it takes 16 bytes of what glibc keeps for such.
struct LastLane {
  // Of the recorder; 0 for none.
  std::uint64_t id = 0;
  RecorderLane* lane = nullptr;
};
[[gnu::tls_model("initial-exec")]] inline constinit thread_local LastLane last_lane;

// The lane of the calling thread in the recorder `id`, joined at the first call
// and left when the thread ends. Null once the thread's own objects are being
// destroyed. Keeps `lanes` alive until then, or until the thread joins another
// recorder after this one was abandoned.
RecorderLane* LaneOfThisThread(std::uint64_t id, const std::shared_ptr<RecorderLanes>& lanes);

}  // namespace trimtab::host
