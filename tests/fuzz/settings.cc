// SPDX-License-Identifier: Apache-2.0
// YAML settings: settings or mistakes, never both, and each mistake can be told.
#include "daemon/settings/settings.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trimtab;
  const LoadResult result = ParseSettings(std::string(fuzz::Text(data, size)));
  fuzz::Require(result.settings.has_value() == result.errors.empty(), "settings or mistakes");
  for (const SettingsError& error : result.errors) {
    fuzz::Require(!error.message.empty(), "a mistake says what would be right");
  }
  (void)FormatErrors("file.yaml", result.errors);
  if (result.settings) {
    fuzz::Require(NeedsRestart(*result.settings, *result.settings).empty(), "equal to itself");
  }
  return 0;
}
