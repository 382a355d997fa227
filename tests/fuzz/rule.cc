// SPDX-License-Identifier: Apache-2.0
// Rules: what is parsed is parsed the same again, and can be asked.
#include "daemon/model/rule.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trimtab;
  const auto rule = Rule::Parse(fuzz::Text(data, size));
  if (!rule.ok()) {
    fuzz::Require(!rule.status().message().empty(), "a refusal says why");
    return 0;
  }
  const auto again = Rule::Parse(rule->text());
  fuzz::Require(again.ok() && *again == *rule, "the text is the rule");
  Configuration config;
  for (const std::string& name : rule->Parameters()) {
    fuzz::Require(!name.empty(), "a parameter has a name");
    config.Set(name, std::int64_t{3});
  }
  (void)rule->Holds(config);
  fuzz::Require(rule->Parameters().empty() || !rule->Holds({}), "what is missing doesn't hold");
  return 0;
}
