// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace trimtab::benchmark {

// For people, in three significant digits: "1.23 ms", "45.6 us", "2.00 s".
std::string FormatNanos(double ns);
// "1.00 KiB", "12.3 MiB".
std::string FormatBytes(double bytes);
// "123", "12.3 k", "1.23 M".
std::string FormatCount(double count);

}  // namespace trimtab::benchmark
