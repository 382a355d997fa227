// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/load.h"

#include <fmt/format.h>

namespace trimtab::benchmark {

const char* Name(Load::Kind kind) {
  switch (kind) {
    case Load::Kind::kClosed:
      return "closed";
    case Load::Kind::kConstant:
      return "constant";
    case Load::Kind::kPoisson:
      return "poisson";
  }
  return "unknown";
}

bool ParseKind(std::string_view word, Load::Kind* kind) {
  for (const auto each : {Load::Kind::kClosed, Load::Kind::kConstant, Load::Kind::kPoisson}) {
    if (word != Name(each)) continue;
    *kind = each;
    return true;
  }
  return false;
}

std::string Describe(const Load& load) {
  if (!load.open()) return fmt::format("closed loop, {} at once", load.concurrency);
  return fmt::format("{}, {:g} a second, {} at once at most", Name(load.kind), load.rate,
                     load.concurrency);
}

std::vector<std::string> Mistakes(const Load& load) {
  std::vector<std::string> mistakes;
  if (load.concurrency < 1 || load.concurrency > Load::kMaxConcurrency) {
    mistakes.push_back(fmt::format("concurrency is {}; allowed are 1 to {}", load.concurrency,
                                   Load::kMaxConcurrency));
  }
  // Written so that NaN is refused too.
  if (load.open() && !(load.rate > 0 && load.rate <= Load::kMaxRate)) {
    mistakes.push_back(
        fmt::format("rate is {:g}; an open loop needs one above 0 and up to {:.0f} a second",
                    load.rate, Load::kMaxRate));
  }
  if (!load.open() && load.rate != 0) {
    mistakes.push_back(fmt::format("rate is {:g}; a closed loop has none", load.rate));
  }
  return mistakes;
}

}  // namespace trimtab::benchmark
