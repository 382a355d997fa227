// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/settings/reading.h"
#include "daemon/settings/settings.h"

namespace trimtab {
namespace {

using Json = nlohmann::ordered_json;

Json NewMapping() {
  // A key without a value is an empty mapping.
  return {{"type", {"object", "null"}}, {"additionalProperties", false}};
}

// The mapping of a path, made where it isn't there yet. A parameter may be a
// single value instead.
Json& MappingAt(Json& root, const std::string& path) {
  Json* mapping = &root;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, end - begin);
    if (key == "*") {
      Json& any = (*mapping)["additionalProperties"];
      if (any == false) {
        any = {{"anyOf", {{{"type", {"integer", "number", "boolean", "string"}}}, NewMapping()}}};
      }
      mapping = &any["anyOf"][1];
    } else {
      Json& property = (*mapping)["properties"][key];
      if (property.is_null()) property = NewMapping();
      mapping = &property;
    }
    begin = end + 1;
  }
  return *mapping;
}

// Whole numbers without a point.
Json ToJson(const KnownSetting::Value& value) {
  return std::visit(
      [](const auto& each) -> Json {
        using Each = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<Each, std::monostate>) return nullptr;
        if constexpr (std::is_same_v<Each, double>) {
          // Above that doubles have no fractions, and below it they fit.
          constexpr double kWhole = 9e15;
          if (std::abs(each) <= kWhole && std::trunc(each) == each) {
            return static_cast<std::int64_t>(each);
          }
        }
        if constexpr (!std::is_same_v<Each, std::monostate>) return each;
      },
      value);
}

Json ToSchema(const KnownSetting& setting) {
  switch (setting.kind) {
    case KnownSetting::Kind::kList:
      return {{"type", "array"}, {"items", {{"type", {"integer", "number", "boolean", "string"}}}}};
    case KnownSetting::Kind::kNumber:
    case KnownSetting::Kind::kInteger:
      return {{"type", setting.kind == KnownSetting::Kind::kNumber ? "number" : "integer"},
              {"minimum", ToJson(setting.min)},
              {"maximum", ToJson(setting.max)}};
    case KnownSetting::Kind::kBool:
      return {{"type", "boolean"}};
    case KnownSetting::Kind::kText:
      return {{"type", "string"}, {"minLength", 1}};
    case KnownSetting::Kind::kAddress:
      return {{"type", "string"}, {"pattern", "^(unix:.+|.+:[0-9]{1,5})$"}};
    case KnownSetting::Kind::kChoice:
      return {{"enum", setting.allowed}};
    default:
      return NewMapping();
  }
}

}  // namespace

std::string SettingsSchema() {
  Json root = {
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"title", "Settings of trimtabd"},
      {"description",
       "What each setting may be; config/trimtab.yaml says what each means. What settings demand "
       "of each other is checked by `trimtabctl validate`."},
      {"type", "object"},
      {"additionalProperties", false}};
  for (const KnownSetting& setting : KnownSettings()) {
    if (setting.kind == KnownSetting::Kind::kMapping) {
      MappingAt(root, setting.path);
      continue;
    }
    const std::size_t dot = setting.path.rfind('.');
    Json& mapping = MappingAt(root, dot == std::string::npos ? "" : setting.path.substr(0, dot));
    Json schema = ToSchema(setting);
    if (Json value = ToJson(setting.by_default); !value.is_null()) {
      schema["default"] = std::move(value);
    }
    const std::string key = setting.path.substr(dot + 1);
    (key == "*" ? mapping["additionalProperties"] : mapping["properties"][key]) = std::move(schema);
  }
  return root.dump(2) + "\n";
}

}  // namespace trimtab
