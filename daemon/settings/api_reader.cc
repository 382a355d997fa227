// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/api_reader.h"

#include <charconv>
#include <utility>

namespace trimtab {
namespace {

// Both or neither.
void CheckPair(YamlReader& reader, const YAML::Node& node, const TlsFiles& files) {
  if (files.certificate.empty() == files.key.empty()) return;
  reader.Fail(files.key.empty() ? "key" : "certificate", node,
              "must be given: certificate and key go together");
}

void ReadTokens(const YAML::Node& node, AccessSettings& access, Reading& reading) {
  YamlReader reader(node, "api.tokens", reading);
  for (const std::string& name : reader.Keys()) reader.Text(name, access.token_files[name]);
}

void ReadMembers(const YAML::Node& node, Role role, AccessSettings& access, Reading& reading) {
  YamlReader reader(node, std::string("api.roles.") + Name(role), reading);
  RoleMembers members;
  reader.Texts("certificates", members.certificates);
  std::vector<std::string> uids;
  reader.Texts("uids", uids);
  for (const std::string& text : uids) {
    std::uint32_t uid = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, uid);
    if (error != std::errc() || at != end) {
      reader.FailAt("uids", "'" + text + "' must be the number of a user, 0 to 4294967295");
    } else {
      members.uids.push_back(uid);
    }
  }
  reader.Texts("tokens", members.tokens);
  for (const std::string& token : members.tokens) {
    if (access.token_files.count(token) == 0) {
      reader.FailAt("tokens", "'" + token + "' is not in api.tokens");
    }
  }
  if (node.IsDefined()) access.roles[role] = std::move(members);
}

void ReadRoles(const YAML::Node& node, AccessSettings& access, Reading& reading) {
  YamlReader reader(node, "api.roles", reading);
  for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
    ReadMembers(reader.Take(Name(role)), role, access, reading);
  }
}

}  // namespace

void ReadServerTls(YamlReader& section, const std::string& path, TlsFiles& files,
                   Reading& reading) {
  const YAML::Node tls = section.Take("tls");
  YamlReader reader(tls, path, reading);
  reader.Text("certificate", files.certificate);
  reader.Text("key", files.key);
  reader.Text("client_ca", files.ca);
  CheckPair(reader, tls, files);
  if (!files.ca.empty() && files.certificate.empty()) {
    reader.Fail("certificate", tls, "must be given with client_ca");
  }
}

void ReadApi(const YAML::Node& node, Settings& settings, Reading& reading) {
  YamlReader reader(node, "api", reading);
  reader.Address("listen", settings.api_listen);
  reader.Text("socket_group", settings.api_socket_group);
  reader.Address("health_listen", settings.api_health_listen);
  ReadServerTls(reader, "api.tls", settings.api_tls, reading);
  if (const std::string why = WhyNotAllowed(settings.api_listen, settings.api_tls.enabled());
      !why.empty()) {
    reader.FailAt("listen", why);
  }
  ReadTokens(reader.Take("tokens"), settings.access, reading);
  ReadRoles(reader.Take("roles"), settings.access, reading);
  reader.Choice("anonymous", {"none", "viewer"}, settings.access.anonymous);
  YamlReader limits(reader.Take("limits"), "api.limits", reading);
  limits.Integer("message_bytes", settings.limits.max_message_bytes, 1024, 64 << 20);
  limits.Integer("streams", settings.limits.max_streams, 1, 1'000'000);
  limits.Integer("requests_per_second", settings.limits.requests_per_second, 1, 1'000'000'000);
  limits.Integer("idle_ms", settings.limits.idle_ms, 1000, 86'400'000);
}

void ReadHostTls(YamlReader& host, Settings& settings, Reading& reading) {
  const YAML::Node tls = host.Take("tls");
  TlsFiles& files = settings.host.tls;
  YamlReader reader(tls, "host.tls", reading);
  reader.Text("ca", files.ca);
  reader.Text("certificate", files.certificate);
  reader.Text("key", files.key);
  reader.Text("server_name", settings.host.tls_server_name);
  CheckPair(reader, tls, files);
  if (tls.IsDefined() && files.ca.empty()) {
    reader.Fail("ca", tls, "must be given: it is what the host is known by");
  }
  if (const std::string why = WhyNotAllowed(settings.host.address, files.enabled()); !why.empty()) {
    host.FailAt("address", why);
  }
}

}  // namespace trimtab
