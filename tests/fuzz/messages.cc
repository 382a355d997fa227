// SPDX-License-Identifier: Apache-2.0
// Every decoder of what comes over gRPC: the daemon's of a host's answers, its
// API's and the host SDK's. The first byte chooses the message.
#include <google/protobuf/message.h>

#include "client/host/codec.h"
#include "daemon/api/codec.h"
#include "daemon/codec/configuration.h"
#include "daemon/codec/metrics.h"
#include "daemon/codec/time.h"
#include "daemon/host/codec.h"
#include "daemon/host/window_codec.h"
#include "daemon/measure/merge.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace trimtab;

template <typename Message>
bool Parse(std::string_view bytes, Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

void CheckConfig(const v1::SystemConfig& message) {
  if (const auto config = codec::DecodeConfiguration(message); config.ok()) {
    const auto again = codec::DecodeConfiguration(codec::EncodeConfiguration(*config));
    fuzz::Require(again.ok() && again->ToString() == config->ToString(),
                  "a configuration survives the wire");
  }
  if (const auto values = host::DecodeConfig(message); values.ok()) {
    fuzz::Require(host::DecodeConfig(host::EncodeConfig(*values)).ok(),
                  "the SDK's values survive the wire");
  }
}

void CheckSnapshot(const v1::MetricsSnapshot& message) {
  HostWindow window;
  if (const auto defect = host_codec::DecodeWindow(message, &window)) {
    fuzz::Require(!defect->word.empty() && !defect->detail.empty(), "a defect is told");
    return;
  }
  // What is sound can be merged with itself, and its figures are numbers.
  MetricValues metrics;
  const auto defect = codec::DecodeMetrics(codec::EncodeMetrics(window.metrics), &metrics);
  fuzz::Require(!defect, "sound figures survive the wire");
  WindowMerger merger;
  if (merger.Add(window).ok() && merger.Add(window).ok()) {
    fuzz::Require(merger.windows() == 2, "merged windows are counted");
    (void)merger.Result();
  }
}

void CheckTrial(const v1::Trial& message) {
  const auto trial = api_codec::Decode(message);
  if (!trial.ok()) return;
  const auto again = api_codec::Decode(api_codec::Encode(*trial));
  fuzz::Require(again.ok() && again->config == trial->config, "a trial survives the wire");
}

template <typename Message, typename Check>
void With(std::string_view bytes, const Check& check) {
  if (Message message; Parse(bytes, &message)) check(message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::Text(data + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      With<v1::SystemConfig>(bytes, CheckConfig);
      break;
    case 1:
      With<v1::MetricsSnapshot>(bytes, CheckSnapshot);
      break;
    case 2:
      With<v1::DescribeHostResponse>(
          bytes, [](const auto& message) { (void)host_codec::DecodeDescription(message); });
      break;
    case 3:
      With<v1::ConfigState>(
          bytes, [](const auto& message) { (void)host_codec::DecodeConfigState(message); });
      break;
    case 4:
      With<v1::ApplyConfigResponse>(
          bytes, [](const auto& message) { (void)host_codec::DecodeApplyResult(message); });
      break;
    case 5:
      With<v1::Trial>(bytes, CheckTrial);
      break;
    case 6:
      With<v1::ParameterDescription>(
          bytes, [](const auto& message) { (void)codec::DecodeParameter(message); });
      break;
    default:
      With<google::protobuf::Duration>(bytes, [](const auto& message) {
        (void)codec::DecodeDuration(message);
        (void)host::DecodeDuration("lease", message);
      });
      break;
  }
  return 0;
}
