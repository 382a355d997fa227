// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace trimtab {

// A hash over a sequence of strings that is the same on every machine and may
// be stored; not for adversarial input. FNV-1a, 64 bits: Fowler, Noll, Vo.
class Fnv1a {
 public:
  // Adds a string and an end mark, so that "ab","c" differs from "a","bc".
  void Add(std::string_view text) {
    for (const char c : text) AddByte(static_cast<unsigned char>(c));
    AddByte(0);
  }

  std::uint64_t value() const { return value_; }

 private:
  void AddByte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3ULL; }

  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace trimtab
