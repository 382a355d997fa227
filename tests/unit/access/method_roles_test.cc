// SPDX-License-Identifier: Apache-2.0
#include "daemon/access/method_roles.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "trimtab/v1/tuner.pb.h"

namespace trimtab {
namespace {

std::vector<std::string> Paths(const google::protobuf::FileDescriptor* file) {
  std::vector<std::string> paths;
  for (int i = 0; i < file->service_count(); ++i) {
    const auto* service = file->service(i);
    for (int j = 0; j < service->method_count(); ++j) {
      paths.push_back("/" + service->full_name() + "/" + service->method(j)->name());
    }
  }
  return paths;
}

TEST(MethodRolesTest, EveryCallHasARole) {
  for (const std::string& path : Paths(v1::GetStatusRequest::descriptor()->file())) {
    ASSERT_TRUE(RequiredRole(path)) << path << " needs a role in method_roles.cc";
    EXPECT_GE(*RequiredRole(path), Role::kViewer) << path;
    EXPECT_EQ(Mutates(path),
              *RequiredRole(path) >= Role::kOperator && path.find("/List") == std::string::npos)
        << path;
  }
  for (const char* name : {"Check", "Watch"}) {
    EXPECT_EQ(RequiredRole(std::string("/grpc.health.v1.Health/") + name), Role::kNone) << name;
  }
}

TEST(MethodRolesTest, WhatReadsIsToldByItsName) {
  for (const std::string& path : Paths(v1::GetStatusRequest::descriptor()->file())) {
    const std::string name = path.substr(path.rfind('/') + 1);
    const bool reads = name.starts_with("Get") || name.starts_with("List") ||
                       name.starts_with("Watch") || name.starts_with("Export");
    EXPECT_NE(Mutates(path), reads) << path;
  }
}

TEST(MethodRolesTest, AnUnknownCallIsNobodys) {
  for (const char* path :
       {"", "/", "/trimtab.v1.TunerService/", "/trimtab.v1.TunerService/getstatus",
        "/trimtab.v1.TunerService/GetStatus/", "trimtab.v1.TunerService/GetStatus",
        "/trimtab.v1.TunerService/DropEverything"}) {
    EXPECT_FALSE(RequiredRole(path)) << path;
    EXPECT_FALSE(Mutates(path)) << path;
  }
}

}  // namespace
}  // namespace trimtab
