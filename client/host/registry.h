// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <string_view>
#include <vector>

#include "client/host/parameter.h"

namespace trimtab::host {

// The parameters of a host, in the order in which they were added. Filled
// before the host starts and only read afterwards; Switch() must be called by
// one thread at a time.
class Registry {
 public:
  void Add(Parameter parameter) { parameters_.push_back(std::move(parameter)); }

  // Every mistake in the parameters, or OK.
  std::vector<std::string> Mistakes() const;
  const std::vector<Parameter>& parameters() const { return parameters_; }
  const Parameter* Find(std::string_view name) const;
  Values Initial() const;

  // What became of an attempt to put other values into force.
  struct Switched {
    // OK when all of `to` is in force.
    absl::Status status;
    // The parameter whose callback failed first.
    std::string failed;
    // What is in force now: `to`, or `from` after an error, unless a callback
    // refused to go back as well.
    Values in_force;
  };
  // Calls the callbacks of all values that differ. With `undo`, a failure ends
  // the attempt and puts back what was changed, last one first; without, it
  // goes on and changes what it can. A callback that throws has failed.
  Switched Switch(const Values& from, const Values& to, bool undo) const;

 private:
  std::vector<Parameter> parameters_;
};

}  // namespace trimtab::host
