// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include "daemon/settings/settings.h"
#include "daemon/settings/yaml_reader.h"

namespace trimtab {

// The section `api`: where it listens, who may do what, and how much.
void ReadApi(const YAML::Node& node, Settings& settings, Reading& reading);

// The key `tls` of a section that serves: certificate, key, client_ca. `path`: its
// own.
void ReadServerTls(YamlReader& section, const std::string& path, TlsFiles& files, Reading& reading);

// `host.tls`, and whether the host's address may do without.
void ReadHostTls(YamlReader& host, Settings& settings, Reading& reading);

}  // namespace trimtab
