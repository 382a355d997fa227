// SPDX-License-Identifier: Apache-2.0
#include "daemon/codec/configuration.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "daemon/base/error.h"
#include "tests/support/generators.h"

namespace trimtab::codec {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::int64_t kMaxTimeoutMs = 9'223'372'035'000;
constexpr std::string_view kCounts[] = {
    parameter_names::kThreadPoolSize, parameter_names::kConnectionPoolSize,
    parameter_names::kCacheSize, parameter_names::kBatchSize, parameter_names::kRetryCount};

rc::Gen<std::string> CustomName() {
  return rc::gen::map(rc::gen::container<std::string>(
                          rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz_0123456789"))),
                      [](const std::string& rest) { return "c" + rest; });
}

ParameterValue CustomValue() {
  ParameterValue value = *arbitrary::Value();
  if (auto* text = std::get_if<std::string>(&value); text != nullptr && text->empty()) *text = "a";
  return value;
}

// Any configuration that can be sent: some of the named parameters and others.
Configuration Encodable() {
  Configuration config;
  for (const std::string_view name : kCounts) {
    if (*rc::gen::arbitrary<bool>()) config.Set(name, *rc::gen::arbitrary<std::int64_t>());
  }
  if (*rc::gen::arbitrary<bool>()) {
    config.Set(parameter_names::kTimeoutMs, *rc::gen::inRange<std::int64_t>(0, kMaxTimeoutMs + 1));
  }
  const int size = *rc::gen::inRange(0, 5);
  for (int i = 0; i < size; ++i) config.Set(*CustomName(), CustomValue());
  return config;
}

v1::ParameterValue IntValue(std::int64_t value) {
  v1::ParameterValue message;
  message.set_int_value(value);
  return message;
}

v1::SystemConfig WithCustom(const std::string& name, const v1::ParameterValue& value) {
  v1::SystemConfig message;
  (*message.mutable_custom_parameters())[name] = value;
  return message;
}

v1::SystemConfig WithTimeout(std::int64_t seconds, std::int32_t nanos) {
  v1::SystemConfig message;
  message.mutable_timeout()->set_seconds(seconds);
  message.mutable_timeout()->set_nanos(nanos);
  return message;
}

// What the decoder says of a message that it must refuse.
std::string Refusal(const v1::SystemConfig& message) {
  const auto config = DecodeConfiguration(message);
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument)
      << message.ShortDebugString();
  return Message(config.status());
}

RC_GTEST_PROP(ConfigurationCodecTest, WhatCanBeSentComesBack, ()) {
  const Configuration config = Encodable();
  RC_ASSERT(CheckEncodable(config).ok());
  const auto back = DecodeConfiguration(EncodeConfiguration(config));
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == config);
}

RC_GTEST_PROP(ConfigurationCodecTest, AMessageIsWrittenAgainAsItWasRead, ()) {
  const v1::SystemConfig message = EncodeConfiguration(Encodable());
  const auto config = DecodeConfiguration(message);
  RC_ASSERT(config.ok());
  RC_ASSERT(MessageDifferencer::Equals(EncodeConfiguration(*config), message));
}

RC_GTEST_PROP(ConfigurationCodecTest, WhatCannotBeSentIsSeenAndRefusedByEveryDecoder, ()) {
  Configuration config = arbitrary::AnyConfiguration();
  config.Set(std::string(kCounts[*rc::gen::inRange(0, 5)]), *arbitrary::Number());
  RC_ASSERT(!CheckEncodable(config).ok());
  const v1::SystemConfig message = EncodeConfiguration(config);
  RC_ASSERT(message.custom_parameters().size() == config.size());
  RC_ASSERT(!DecodeConfiguration(message).ok());
}

TEST(ConfigurationCodecTest, NamedParametersHaveTheirOwnFields) {
  const v1::SystemConfig message = EncodeConfiguration({{"thread_pool_size", std::int64_t{1}},
                                                        {"connection_pool_size", std::int64_t{2}},
                                                        {"cache_size", std::int64_t{3}},
                                                        {"batch_size", std::int64_t{4}},
                                                        {"timeout_ms", std::int64_t{5006}},
                                                        {"retry_count", std::int64_t{0}},
                                                        {"codec", std::string("zstd")}});
  EXPECT_EQ(message.thread_pool_size(), 1);
  EXPECT_EQ(message.connection_pool_size(), 2);
  EXPECT_EQ(message.cache_size(), 3);
  EXPECT_EQ(message.batch_size(), 4);
  EXPECT_EQ(message.timeout().seconds(), 5);
  EXPECT_EQ(message.timeout().nanos(), 6'000'000);
  EXPECT_TRUE(message.has_retry_count());
  ASSERT_EQ(message.custom_parameters().size(), 1U);
  EXPECT_EQ(message.custom_parameters().at("codec").category_value(), "zstd");
}

TEST(ConfigurationCodecTest, AFieldThatIsNotSetIsNoParameter) {
  const auto config = DecodeConfiguration(v1::SystemConfig());
  ASSERT_TRUE(config.ok());
  EXPECT_TRUE(config->empty());
}

TEST(ConfigurationCodecTest, RefusesATimeoutThatIsNotWholeMilliseconds) {
  EXPECT_THAT(Refusal(WithTimeout(0, 1'500'000)),
              AllOf(StartsWith("timeout: 1500000 ns"), HasSubstr("whole")));
  EXPECT_THAT(Refusal(WithTimeout(-1, 0)), AllOf(StartsWith("timeout: "), HasSubstr("negative")));
  EXPECT_THAT(Refusal(WithTimeout(1, -1)), StartsWith("timeout: 1 s and -1 ns"));
  EXPECT_THAT(Refusal(WithTimeout(std::numeric_limits<std::int64_t>::max(), 0)),
              AllOf(StartsWith("timeout: "), HasSubstr("too long")));
}

TEST(ConfigurationCodecTest, RefusesACustomParameterThatHasAFieldOfItsOwn) {
  for (const char* name : {"thread_pool_size", "connection_pool_size", "cache_size", "batch_size",
                           "timeout_ms", "retry_count"}) {
    EXPECT_EQ(Refusal(WithCustom(name, IntValue(1))),
              std::string("custom_parameters: ") + name + " has a field of its own");
  }
}

TEST(ConfigurationCodecTest, RefusesANameThatIsNone) {
  for (const char* name : {"", "Depth", "9lives", "_x", "a-b", "a b", "gr\xc3\xb6\xc3\x9f"}) {
    EXPECT_THAT(
        Refusal(WithCustom(name, IntValue(1))),
        StartsWith("custom_parameters: '" + std::string(name) + "' is no parameter's name"));
    EXPECT_FALSE(CheckEncodable({{name, std::int64_t{1}}}).ok()) << name;
  }
}

TEST(ConfigurationCodecTest, RefusesACustomParameterWithoutAUsableValue) {
  v1::ParameterValue value;
  EXPECT_EQ(Refusal(WithCustom("depth", value)), "custom_parameters.depth: value is not set");
  value.set_double_value(std::nan(""));
  EXPECT_EQ(Refusal(WithCustom("depth", value)), "custom_parameters.depth: value is not finite");
  value.set_double_value(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(Refusal(WithCustom("depth", value)), "custom_parameters.depth: value is not finite");
  value.set_category_value("");
  EXPECT_EQ(Refusal(WithCustom("depth", value)),
            "custom_parameters.depth: category_value is empty");
}

TEST(ConfigurationCodecTest, SaysWhichNamedParameterDoesNotFitItsField) {
  EXPECT_EQ(Message(CheckEncodable({{"cache_size", 2.5}})),
            "cache_size must be a whole number, not 2.5");
  EXPECT_EQ(Message(CheckEncodable({{"timeout_ms", std::int64_t{-1}}})),
            "timeout_ms must be a whole number from 0, not -1");
  EXPECT_FALSE(CheckEncodable({{"timeout_ms", kMaxTimeoutMs + 1}}).ok());
  EXPECT_TRUE(CheckEncodable({{"timeout_ms", kMaxTimeoutMs}}).ok());
}

}  // namespace
}  // namespace trimtab::codec
