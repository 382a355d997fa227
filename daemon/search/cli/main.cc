// SPDX-License-Identifier: Apache-2.0
// trimtab-search: the search engine as a program of its own, one JSON object a
// line on standard input and output.
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "daemon/search/cli/session.h"

namespace {

constexpr const char* kHelp =
    R"(Finds the best configuration in few trials. Reads one JSON object a line from
standard input and answers on standard output, one line each:

  {"op":"space","params":[...],"objective":"min"|"max","seed":1}    no answer
      A parameter is {"name":"threads","type":"int","values":[4,8,16]}, or
      {"name":"timeout","type":"float","min":0.1,"max":10,"log":true}, "step"
      allowed. Types: int, float, bool, cat (needs "values", strings).
      May also hold ("trials", how many are planned, is taken and not needed):
        "constraints":[{"name":"latency","max":20}]   "max", "min" or both
        "further":[{"name":"memory","objective":"min"}]
            up to two objectives beside the first with no exchange rate; then the
            Pareto front is searched, see "front"
        "rules":["pool >= 2 * threads"]               that configurations obey
        "start":{"threads":8,...}                     what runs now, tried first
        "prior":[{"config":{...},"value":3.1},...]    earlier, similar trials, each
            with all that "observe" needs ("constraints", "further"), without "op"
  {"op":"suggest"}                    -> {"config":{"threads":8,...}}
      Once there is a model also "predicted" (value, lower and upper end of the
      95 % interval), "expected_gain", "visible_gain" and "stop": true when what
      is left to gain is too small to be seen in the noise. A suggestion counts
      as pending until it is observed. With "count":4 -> {"suggestions":[...]}
      to be tried at the same time. Once all was tried the best again.
  {"op":"observe","config":{...},"value":12.5}                      no answer
      In any order, also of configurations that were not suggested. May hold
      "constraints":{"latency":18.2}, "further":{"memory":9} (both needed where
      the space has them, and no other names), "standard_error":0.4. Instead of
      the value "status":"failed" (a bad configuration; what is known of its
      constraints and further objectives helps) or "status":"error" (the
      measurement went wrong, nothing is known).
  {"op":"best"}                       -> {"config":{...},"predicted":{...}}
      The best of what was tried by the model, an uncertain mean taken as 1.5
      deviations worse, so that one lucky value does not win; with constraints
      only one that likely keeps them ("feasibility").
      "config":null while there is none.
  {"op":"front"}                      -> {"front":[{"config":{...},...},...]}
      What no other that was tried beats in all objectives, best "value" first,
      each as from "best", with the expected "further" ones.
  {"op":"importances"}                -> {"importances":{"threads":0.7,...}}

A line that is refused, also for a field that is not known or is there twice, is
answered with {"error":"line 3: ..."}, whatever its "op", and changes nothing. The
same lines always get the same answers. One process serves one search; it ends
with its input, and writes nothing but answers.
Exit status: 0, or 1 when a line was refused.)";

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kHelp, "trimtab-search"};
  CLI11_PARSE(app, argc, argv);
  std::ios::sync_with_stdio(false);
  trimtab::search_cli::Session session;
  for (std::string line; std::getline(std::cin, line);) {
    const std::optional<std::string> answer = session.Handle(line);
    if (answer) std::cout << *answer << '\n' << std::flush;
  }
  return session.refused() == 0 ? 0 : 1;
}
