// SPDX-License-Identifier: Apache-2.0
// Requests made of JSON by the server's reflection, which every server of a
// program that links the library has.
#include <gmock/gmock.h>

#include "tests/unit/bench/health_server.h"

namespace trimtab::bench {
namespace {

using testing::HasSubstr;
using ReflectionTest = HealthServerTest;

TEST_F(ReflectionTest, MakesARequestOfJson) {
  Serve();
  options.json = R"({"service": "by json"})";
  auto target = MakeGrpcTarget(options);
  const absl::Status opened = target->Open(1);
  ASSERT_TRUE(opened.ok()) << opened;
  ASSERT_TRUE(target->Send(0, {}).ok());
  EXPECT_EQ(asked, "by json");
  const auto error = [this](const std::string& method, const std::string& json) {
    options.method = method;
    options.json = json;
    return MakeGrpcTarget(options)->Open(1);
  };
  EXPECT_THAT(std::string(error("grpc.health.v1.Health/Check", "{\"x\": 1}").message()),
              HasSubstr("grpc.health.v1.HealthCheckRequest"));
  EXPECT_EQ(error("grpc.health.v1.Health/Nothing", "{}").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(error("grpc.health.v1.Nobody/Check", "{}").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(error("grpc.health.v1.Health/Watch", "{}").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace trimtab::bench
