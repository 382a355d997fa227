// SPDX-License-Identifier: Apache-2.0
#include "client/host/window_log.h"

#include <algorithm>
#include <utility>

namespace trimtab::host {

void WindowLog::Append(Window window) {
  MutexLock lock(mutex_);
  window.sequence = ++newest_;
  windows_.push_back(std::make_shared<const Window>(std::move(window)));
  if (windows_.size() > capacity_) windows_.pop_front();
}

std::int64_t WindowLog::newest() const {
  MutexLock lock(mutex_);
  return newest_;
}

WindowLog::Entry WindowLog::NextAfter(std::int64_t sequence) const {
  MutexLock lock(mutex_);
  const auto found = std::find_if(windows_.begin(), windows_.end(),
                                  [&](const Entry& entry) { return entry->sequence > sequence; });
  return found == windows_.end() ? nullptr : *found;
}

std::vector<WindowLog::Entry> WindowLog::After(std::int64_t sequence, std::size_t limit) const {
  MutexLock lock(mutex_);
  if (sequence > newest_) sequence = 0;
  auto first = std::find_if(windows_.begin(), windows_.end(),
                            [&](const Entry& entry) { return entry->sequence > sequence; });
  const auto found = static_cast<std::size_t>(windows_.end() - first);
  if (limit > 0 && found > limit) first += static_cast<std::ptrdiff_t>(found - limit);
  return {first, windows_.end()};
}

}  // namespace trimtab::host
