// SPDX-License-Identifier: Apache-2.0
#include "client/cli/settings_check.h"

#include <google/protobuf/struct.pb.h>

#include <cstdio>

#include "client/cli/output.h"
#include "daemon/settings/settings.h"

namespace trimtab::cli {
namespace {

// The mistakes as one JSON object.
std::string ErrorsJson(const std::string& file, const LoadResult& result) {
  google::protobuf::Struct object;
  auto& fields = *object.mutable_fields();
  fields["file"].set_string_value(file);
  fields["valid"].set_bool_value(result.settings.has_value());
  auto& errors = *fields["errors"].mutable_list_value();
  for (const SettingsError& each : result.errors) {
    auto& error = *errors.add_values()->mutable_struct_value()->mutable_fields();
    error["path"].set_string_value(each.path);
    error["line"].set_number_value(each.line);
    error["column"].set_number_value(each.column);
    error["value"].set_string_value(each.value);
    error["message"].set_string_value(each.message);
  }
  return Json(object);
}

}  // namespace

int Validate(const std::string& file, bool json) {
  const LoadResult result = LoadSettings(file);
  if (json) {
    std::fputs(ErrorsJson(file, result).c_str(), stdout);
    return result.settings ? kOk : kBadInput;
  }
  if (result.settings) {
    std::printf("%s: good\n", file.c_str());
    return kOk;
  }
  std::fputs(FormatErrors(file, result.errors).c_str(), stderr);
  return kBadInput;
}

}  // namespace trimtab::cli
