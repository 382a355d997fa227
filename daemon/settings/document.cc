// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/document.h"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/base/utf8.h"

namespace trimtab {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

SettingsError At(int line, int column, std::string message) {
  return {"", line, column, "", std::move(message)};
}

// Calls `look` with each line, from 1, without its end; stops when that says so.
template <typename Look>
void ForEachLine(std::string_view text, const Look& look) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (look(number, line)) return;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// What a reader of YAML would take for the end of it all, or for anything.
std::optional<SettingsError> FindWrongByte(std::string_view text) {
  std::optional<SettingsError> wrong;
  ForEachLine(text, [&](int number, std::string_view line) {
    if (ToUtf8(line) != line) wrong = At(number, 1, "is not UTF-8");
    for (std::size_t i = 0; i < line.size() && !wrong; ++i) {
      const auto byte = static_cast<unsigned char>(line[i]);
      if ((byte >= 0x20 && byte != 0x7f) || byte == '\t') continue;
      wrong = At(number, static_cast<int>(i) + 1,
                 fmt::format("holds the control character 0x{:02x}, which no settings have", byte));
    }
    return wrong.has_value();
  });
  return wrong;
}

// Whether the line begins with a marker of documents, "---" or "...".
bool IsMarker(std::string_view line, std::string_view marker) {
  return line.starts_with(marker) && (line.size() == marker.size() || line[marker.size()] == ' ' ||
                                      line[marker.size()] == '\t');
}

// Where a second document begins. Markers stand at the begin of a line, where
// nothing else may (YAML 1.2, 9.1.2).
std::optional<SettingsError> FindSecondDocument(std::string_view text) {
  bool begun = false;
  bool ended = false;
  std::optional<SettingsError> second;
  ForEachLine(text, [&](int number, std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') return false;
    if (IsMarker(line, "...")) {
      ended = begun;
      return false;
    }
    const bool marker = IsMarker(line, "---");
    if (!marker && !begun && line[0] == '%') return false;
    if (ended || (marker && begun)) {
      second = At(number, 1,
                  "a second YAML document begins here; settings are one document, all of them");
    }
    begun = true;
    return second.has_value();
  });
  return second;
}

// What a mistake of indentation comes from, as " (...)".
std::string WhyNotYaml(std::string_view text, int at) {
  std::string why;
  ForEachLine(text, [&](int number, std::string_view line) {
    if (number < at) return false;
    const std::string_view indent = line.substr(0, line.find_first_not_of(" \t"));
    if (indent.find('\t') != std::string_view::npos) why = " (a tab does not indent)";
    return true;
  });
  return why;
}

}  // namespace

absl::StatusOr<std::string> ReadSettingsFile(const std::string& file) {
  const auto fail = [](std::string message) {
    return absl::InvalidArgumentError(std::move(message));
  };
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return fail("there is no such file");
  }
  if (error) return fail("can't be read: " + error.message());
  if (status.type() == std::filesystem::file_type::directory) {
    return fail("is a directory, not a regular file");
  }
  if (status.type() != std::filesystem::file_type::regular) return fail("is not a regular file");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(std::string("can't be read: ") + std::strerror(errno));
  // One byte more than allowed tells a file that is too large.
  std::string text(kMaxFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return fail(std::string("can't be read: ") + std::strerror(errno));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kMaxFileBytes) return fail("is above 1 MiB, which settings never are");
  return text;
}

std::optional<YAML::Node> ParseDocument(const std::string& text,
                                        std::vector<SettingsError>& errors) {
  for (const auto& find : {FindWrongByte, FindSecondDocument}) {
    if (std::optional<SettingsError> wrong = find(text)) {
      errors.push_back(*std::move(wrong));
      return std::nullopt;
    }
  }
  try {
    YAML::Node document = YAML::Load(text);
    if (document.IsDefined() && !document.IsNull()) return document;
    errors.push_back(At(0, 0, "the file holds no settings; for the defaults alone write {}"));
  } catch (const YAML::DeepRecursion& error) {
    errors.push_back(At(error.mark.line + 1, error.mark.column + 1, "is nested too deeply"));
  } catch (const YAML::Exception& error) {
    const int line = error.mark.line + 1;
    errors.push_back(
        At(line, error.mark.column + 1, "is not YAML: " + error.msg + WhyNotYaml(text, line)));
  }
  return std::nullopt;
}

}  // namespace trimtab
