// SPDX-License-Identifier: Apache-2.0
// trimtab-search's JSON lines: every line is answered by a JSON object or by
// nothing, and a refused one says where.
#include <nlohmann/json.hpp>

#include "daemon/search/cli/session.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trimtab;
  // A model is fitted for each suggestion: few lines are enough.
  constexpr int kLines = 12;
  search_cli::Session session;
  std::string_view text = fuzz::Text(data, size);
  for (int line = 0; line < kLines && !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const int refused = session.refused();
    const auto answer = session.Handle(text.substr(0, end));
    if (answer) {
      const auto parsed = nlohmann::json::parse(*answer, nullptr, false);
      fuzz::Require(parsed.is_object(), "an answer is an object");
      fuzz::Require(parsed.contains("error") == (session.refused() > refused),
                    "an error is counted");
    }
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return 0;
}
