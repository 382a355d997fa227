// SPDX-License-Identifier: Apache-2.0
// Records of the store: read or refused by the one exception that the store
// turns into DATA_LOSS; what is read is written and read the same again.
#include "daemon/store/audit_codec.h"
#include "daemon/store/json_codec.h"
#include "tests/fuzz/fuzz.h"

namespace {

using nlohmann::json;
using namespace trimtab;

template <typename Record>
void Check(const json& text, Record (*from)(const json&)) {
  try {
    const json once = store_codec::ToJson(from(text));
    const json again = store_codec::ToJson(from(once));
    // As text, for a NaN is not equal to itself.
    const auto dump = [](const json& record) {
      return record.dump(-1, ' ', false, json::error_handler_t::replace);
    };
    fuzz::Require(dump(once) == dump(again), "a record survives the store");
  } catch (const json::exception&) {
    // Refused.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const json record = json::parse(fuzz::Text(data + 1, size - 1), nullptr, false);
  switch (data[0] % 6) {
    case 0:
      Check(record, store_codec::TrialFrom);
      break;
    case 1:
      Check(record, store_codec::DecisionFrom);
      break;
    case 2:
      Check(record, store_codec::CheckpointFrom);
      break;
    case 3:
      Check(record, store_codec::IntentFrom);
      break;
    case 4:
      Check(record, store_codec::WindowFrom);
      break;
    default:
      Check(record, store_codec::AuditFrom);
      break;
  }
  return 0;
}
