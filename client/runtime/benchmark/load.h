// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trimtab::benchmark {

// How requests are sent.
struct Load {
  enum class Kind {
    // Each worker sends its next request once it has the answer to the one
    // before. Measures what the target can do at a given concurrency; a slow
    // target slows the load, so its percentiles tell nothing of what users of a
    // busy service wait.
    kClosed,
    // Requests at even intervals, whether or not the target keeps up.
    kConstant,
    // Requests at random moments with independent gaps, as from many users who
    // know nothing of each other.
    kPoisson,
  };

  static constexpr int kMaxConcurrency = 4096;
  static constexpr double kMaxRate = 1e6;

  Kind kind = Kind::kClosed;
  // Requests under way at once, at most: one thread each, 1 to kMaxConcurrency.
  int concurrency = 1;
  // Requests a second of an open loop, over all workers, up to kMaxRate.
  double rate = 0;
  // Of the random moments.
  std::uint64_t seed = 1;

  bool open() const { return kind != Kind::kClosed; }

  friend bool operator==(const Load&, const Load&) = default;
};

// "closed", "constant", "poisson".
const char* Name(Load::Kind kind);
// False for another word.
bool ParseKind(std::string_view word, Load::Kind* kind);

// "closed loop, 4 at once" or "poisson, 200 a second, 16 at once at most".
std::string Describe(const Load& load);

// Everything that is wrong with it, a sentence each; empty when it may be used.
std::vector<std::string> Mistakes(const Load& load);

}  // namespace trimtab::benchmark
