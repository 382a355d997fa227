// SPDX-License-Identifier: Apache-2.0
#include "client/cli/settings_check.h"

#include <google/protobuf/struct.pb.h>

#include <cstdio>
#include <vector>

#include "client/cli/output.h"
#include "daemon/settings/settings.h"

namespace trimtab::cli {
namespace {

void AddAll(const std::vector<SettingsError>& all, google::protobuf::ListValue& list) {
  for (const SettingsError& each : all) {
    auto& error = *list.add_values()->mutable_struct_value()->mutable_fields();
    error["path"].set_string_value(each.path);
    error["line"].set_number_value(each.line);
    error["column"].set_number_value(each.column);
    error["value"].set_string_value(each.value);
    error["message"].set_string_value(each.message);
  }
}

// Mistakes and warnings as one JSON object.
std::string ResultJson(const std::string& file, const LoadResult& result) {
  google::protobuf::Struct object;
  auto& fields = *object.mutable_fields();
  fields["file"].set_string_value(file);
  fields["valid"].set_bool_value(result.settings.has_value());
  AddAll(result.errors, *fields["errors"].mutable_list_value());
  AddAll(result.settings ? result.settings->warnings : std::vector<SettingsError>(),
         *fields["warnings"].mutable_list_value());
  return Json(object);
}

}  // namespace

int Validate(const std::string& file, bool json) {
  const LoadResult result = LoadSettings(file);
  if (json) {
    std::fputs(ResultJson(file, result).c_str(), stdout);
    return result.settings ? kOk : kBadInput;
  }
  if (result.settings) {
    std::fputs(FormatErrors(file, result.settings->warnings).c_str(), stderr);
    std::printf("%s: good\n", file.c_str());
    return kOk;
  }
  std::fputs(FormatErrors(file, result.errors).c_str(), stderr);
  return kBadInput;
}

}  // namespace trimtab::cli
