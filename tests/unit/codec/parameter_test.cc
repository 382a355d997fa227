// SPDX-License-Identifier: Apache-2.0
// What a host says that it can change: DecodeParameter and its kin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include "daemon/base/error.h"
#include "daemon/codec/configuration.h"
#include "tests/support/generators.h"

namespace trimtab::codec {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr v1::ParameterType kTypes[] = {v1::PARAMETER_TYPE_INT, v1::PARAMETER_TYPE_DOUBLE,
                                        v1::PARAMETER_TYPE_BOOL, v1::PARAMETER_TYPE_CATEGORICAL};

v1::ParameterDescription Described(v1::ParameterType type) {
  v1::ParameterDescription message;
  message.set_name("depth");
  message.set_type(type);
  if (type == v1::PARAMETER_TYPE_CATEGORICAL) message.add_categories("zstd");
  return message;
}

std::string Refusal(const v1::ParameterDescription& message) {
  const auto parameter = DecodeParameter(message);
  EXPECT_EQ(parameter.status().code(), absl::StatusCode::kInvalidArgument)
      << message.ShortDebugString();
  return Message(parameter.status());
}

ParameterValue ValueOf(ParameterType type) {
  switch (type) {
    case ParameterType::kInt:
      return *rc::gen::arbitrary<std::int64_t>();
    case ParameterType::kDouble:
      return *arbitrary::Number();
    case ParameterType::kBool:
      return *rc::gen::arbitrary<bool>();
    case ParameterType::kCategorical:
      break;
  }
  return *rc::gen::nonEmpty(arbitrary::Text());
}

RC_GTEST_PROP(ParameterCodecTest, AValueComesBackWithItsType, ()) {
  const auto type = static_cast<ParameterType>(*rc::gen::inRange(0, 4));
  const ParameterValue value = ValueOf(type);
  const auto back = DecodeValue(EncodeValue(value));
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == value);
}

RC_GTEST_PROP(ParameterCodecTest, AParameterComesBackWhole, ()) {
  HostParameter parameter;
  parameter.name = "depth";
  parameter.type = static_cast<ParameterType>(*rc::gen::inRange(0, 4));
  if (parameter.type == ParameterType::kInt || parameter.type == ParameterType::kDouble) {
    parameter.min = *arbitrary::Optional(arbitrary::Number());
    parameter.max = *arbitrary::Optional(arbitrary::Number());
    if (parameter.min && parameter.max && *parameter.min > *parameter.max) {
      std::swap(*parameter.min, *parameter.max);
    }
  }
  if (parameter.type == ParameterType::kCategorical) {
    const auto names = *rc::gen::nonEmpty(
        rc::gen::container<std::set<std::string>>(rc::gen::nonEmpty(arbitrary::Text())));
    parameter.categories.assign(names.begin(), names.end());
  }
  parameter.unit = *arbitrary::Text();
  parameter.needs_restart = *rc::gen::arbitrary<bool>();
  parameter.description = *arbitrary::Text();
  if (*rc::gen::arbitrary<bool>()) parameter.default_value = ValueOf(parameter.type);

  const auto back = DecodeParameter(EncodeParameter(parameter));
  RC_ASSERT(back.ok());
  RC_ASSERT(back->name == parameter.name);
  RC_ASSERT(back->type == parameter.type);
  RC_ASSERT(back->min == parameter.min);
  RC_ASSERT(back->max == parameter.max);
  RC_ASSERT(back->categories == parameter.categories);
  RC_ASSERT(back->unit == parameter.unit);
  RC_ASSERT(back->needs_restart == parameter.needs_restart);
  RC_ASSERT(back->default_value == parameter.default_value);
  RC_ASSERT(back->description == parameter.description);
}

TEST(ParameterCodecTest, EveryTypeHasItsOwnNumber) {
  EXPECT_EQ(EncodeType(ParameterType::kInt), v1::PARAMETER_TYPE_INT);
  EXPECT_EQ(EncodeType(ParameterType::kDouble), v1::PARAMETER_TYPE_DOUBLE);
  EXPECT_EQ(EncodeType(ParameterType::kBool), v1::PARAMETER_TYPE_BOOL);
  EXPECT_EQ(EncodeType(ParameterType::kCategorical), v1::PARAMETER_TYPE_CATEGORICAL);
}

TEST(ParameterCodecTest, RefusesANameThatIsNone) {
  for (const char* name : {"", "Depth", "9lives", "a.b"}) {
    v1::ParameterDescription message = Described(v1::PARAMETER_TYPE_INT);
    message.set_name(name);
    EXPECT_THAT(Refusal(message), StartsWith("'" + std::string(name) + "' is no parameter's name"));
  }
}

TEST(ParameterCodecTest, RefusesATypeThatIsNone) {
  for (const int type : {0, 5, -1}) {
    v1::ParameterDescription message = Described(v1::PARAMETER_TYPE_INT);
    message.set_type(static_cast<v1::ParameterType>(type));
    EXPECT_EQ(Refusal(message), "depth: type: " + std::to_string(type) +
                                    " is none of INT, DOUBLE, BOOL and CATEGORICAL");
  }
}

TEST(ParameterCodecTest, RefusesARangeThatIsNone) {
  for (const double bound : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    v1::ParameterDescription message = Described(v1::PARAMETER_TYPE_DOUBLE);
    message.set_min_value(bound);
    EXPECT_EQ(Refusal(message), "depth: min_value is not finite");
    message.set_min_value(1);
    message.set_max_value(bound);
    EXPECT_EQ(Refusal(message), "depth: max_value is not finite");
  }
  v1::ParameterDescription message = Described(v1::PARAMETER_TYPE_INT);
  message.set_min_value(3);
  message.set_max_value(2);
  EXPECT_EQ(Refusal(message), "depth: min_value 3 is above max_value 2");
}

TEST(ParameterCodecTest, OnlyNumbersHaveARange) {
  v1::ParameterDescription message = Described(v1::PARAMETER_TYPE_BOOL);
  message.set_min_value(0);
  EXPECT_EQ(Refusal(message), "depth: min_value: a bool has no range");
  message = Described(v1::PARAMETER_TYPE_CATEGORICAL);
  message.set_max_value(1);
  EXPECT_EQ(Refusal(message), "depth: max_value: a categorical has no range");
}

TEST(ParameterCodecTest, OnlyACategoricalHasCategoriesAndItMustHaveSome) {
  for (const v1::ParameterType type : kTypes) {
    v1::ParameterDescription message = Described(type);
    if (type == v1::PARAMETER_TYPE_CATEGORICAL) {
      message.clear_categories();
      EXPECT_EQ(Refusal(message), "depth: categories: a categorical must have at least one");
    } else {
      message.add_categories("zstd");
      EXPECT_THAT(Refusal(message), HasSubstr("must have none"));
    }
  }
}

TEST(ParameterCodecTest, RefusesACategoryThatIsEmptyOrThereTwice) {
  v1::ParameterDescription message = Described(v1::PARAMETER_TYPE_CATEGORICAL);
  message.add_categories("zstd");
  EXPECT_EQ(Refusal(message), "depth: categories: 'zstd' is empty or there twice");
  message.set_categories(1, "");
  EXPECT_EQ(Refusal(message), "depth: categories: '' is empty or there twice");
}

TEST(ParameterCodecTest, RefusesADefaultValueThatDoesNotFit) {
  v1::ParameterDescription message = Described(v1::PARAMETER_TYPE_INT);
  message.mutable_default_value();
  EXPECT_EQ(Refusal(message), "depth: default_value: value is not set");
  message.mutable_default_value()->set_double_value(std::nan(""));
  EXPECT_EQ(Refusal(message), "depth: default_value: value is not finite");
  message.mutable_default_value()->set_double_value(1);
  EXPECT_EQ(Refusal(message), "depth: default_value must be of type int, not double");
  message.mutable_default_value()->set_int_value(1);
  EXPECT_TRUE(DecodeParameter(message).ok());
}

}  // namespace
}  // namespace trimtab::codec
