// SPDX-License-Identifier: Apache-2.0
#include "client/host/recorder_thread.h"

#include <vector>

namespace trimtab::host {
namespace {

// Has no destructor, so that it can be asked to the very end of a thread.
constinit thread_local bool ending = false;

class Memberships {
 public:
  ~Memberships() {
    ending = true;
    last_lane = {};
    for (const Membership& in : all_) in.lanes->Leave(in.lane);
  }

  RecorderLane* Find(std::uint64_t id, const std::shared_ptr<RecorderLanes>& lanes) {
    for (const Membership& in : all_) {
      if (in.id == id) return in.lane;
    }
    std::erase_if(all_, [](const Membership& in) { return in.lanes->abandoned(); });
    all_.push_back({id, lanes, lanes->Join()});
    return all_.back().lane;
  }

 private:
  struct Membership {
    std::uint64_t id;
    std::shared_ptr<RecorderLanes> lanes;
    RecorderLane* lane;
  };
  std::vector<Membership> all_;
};

}  // namespace

RecorderLane* LaneOfThisThread(std::uint64_t id, const std::shared_ptr<RecorderLanes>& lanes) {
  if (ending) return nullptr;
  thread_local Memberships memberships;
  return memberships.Find(id, lanes);
}

}  // namespace trimtab::host
