// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "client/runtime/network/grpc_tls.h"

namespace trimtab::runtime {

// A certificate for 127.0.0.1 that signs itself, made by the command openssl;
// both sides show it and trust it. Ends the program without openssl.
inline GrpcTls MakeCertificates() {
  std::string folder = (std::filesystem::temp_directory_path() / "trimtab-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) std::exit(1);
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=trimtab-bench -addext subjectAltName=IP:127.0.0.1 -keyout " +
      folder + "/key.pem -out " + folder + "/cert.pem 2>/dev/null";
  if (std::system(command.c_str()) != 0) {
    std::fprintf(stderr, "can't make certificates: is openssl installed?\n");
    std::exit(1);
  }
  const auto read = [&folder](const char* name) {
    std::ostringstream text;
    text << std::ifstream(folder + name).rdbuf();
    return text.str();
  };
  GrpcTls tls{read("/cert.pem"), read("/cert.pem"), read("/key.pem")};
  std::filesystem::remove_all(folder);
  return tls;
}

}  // namespace trimtab::runtime
