// SPDX-License-Identifier: Apache-2.0
// What is no settings file at all, or is one to some readers of YAML and another
// one to others, is told as such.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "daemon/settings/settings.h"

namespace trimtab {
namespace {

using testing::HasSubstr;

std::string Complaint(const std::string& text) {
  const LoadResult result = ParseSettings(text);
  EXPECT_NE(result.settings.has_value(), !result.errors.empty());
  return FormatErrors("F", result.errors);
}

TEST(DocumentTest, ASecondDocumentIsRefusedWithItsLine) {
  for (const char* text :
       {"tuning: {seed: 2}\n---\nsla: {budget_percent: 1}\n", "{}\n---\n", "--- {}\n--- {}\n",
        "tuning:\n---\n{}\n", "tuning: {seed: 1}\n---\t\n[\n", "---\n---\n{}\n"}) {
    EXPECT_THAT(Complaint(text), HasSubstr("F:2:1: a second YAML document begins here")) << text;
  }
  EXPECT_THAT(Complaint("{}\r\n...\r\n\r\ntuning: {}\r\n"), HasSubstr("F:4:1: a second"));
  EXPECT_THAT(Complaint("\xef\xbb\xbf{}\n# more\n---\n{}\n"), HasSubstr("F:3:1: a second"));
}

TEST(DocumentTest, OneDocumentMayHaveItsMarkers) {
  for (const char* text :
       {"---\n{}\n", "%YAML 1.2\n---\n{}\n", "# first\n\n---\n# then\n{}\n...\n# end\n\n",
        "--- {tuning: {seed: 2}}\n...\n", "\xef\xbb\xbf---\r\n{}\r\n",
        "store:\n  path: '/a\n  --- b'\n", "store: {path: ---}\n"}) {
    EXPECT_EQ(Complaint(text), "") << text;
  }
}

TEST(DocumentTest, AFileWithoutSettingsSaysHowToTakeTheDefaults) {
  for (const char* text : {"", "\n\n", "# only\n# comments\n", "---\n", "---\n...\n", "~\n",
                           "null\n", "\xef\xbb\xbf"}) {
    EXPECT_THAT(Complaint(text), HasSubstr("the file holds no settings; for the defaults alone "
                                           "write {}"))
        << text;
  }
  EXPECT_EQ(Complaint("{}"), "");
}

TEST(DocumentTest, BytesThatNoTextHasAreRefused) {
  EXPECT_THAT(Complaint(std::string("tuning: {}\n\0sla: {}\n", 20)),
              HasSubstr("F:2:1: holds the control character 0x00"));
  EXPECT_THAT(Complaint("tuning: {}\nlog: \x1b[31m{}\n"), HasSubstr("F:2:6: holds the control"));
  EXPECT_THAT(Complaint("log: {}\nstore: {path: /\xff}\n"), HasSubstr("F:2:1: is not UTF-8"));
  EXPECT_THAT(Complaint(std::string("\xff\xfe{\0}\0", 6)), HasSubstr("F:1:1: is not UTF-8"));
  EXPECT_THAT(Complaint("tuning:\n\tseed: 5\n"), HasSubstr("(a tab does not indent)"));
}

TEST(DocumentTest, WhatReadersOfYamlTakeDifferentlyIsRefused) {
  const auto values = [](const std::string& value) {
    return Complaint("parameters:\n  a: {values: [" + value + ", 64]}\n");
  };
  for (const char* number : {"010", "-07", "0x10", "0o17", "1_000", "+5", "1:30", "1e999", ".nan",
                             "-.inf", "99999999999999999999", "yes", "On", "TRUE"}) {
    EXPECT_THAT(values(number), HasSubstr("F:2:16: parameters.a.values: '" + std::string(number)))
        << number;
  }
  EXPECT_EQ(Complaint("parameters:\n  a: {values: ['010', 'yes', 4k, v1.2, none]}\n"), "");
  EXPECT_THAT(Complaint("parameters:\n  a: {values: [1, 2]}\n  b: 010\n"), HasSubstr("octal"));
  EXPECT_THAT(Complaint("tuning:\n  seed: 010\n"), HasSubstr("octal"));
  EXPECT_THAT(Complaint("tuning:\n  seed: '10'\n"), HasSubstr("in quotes it is a text"));
  EXPECT_THAT(Complaint("tuning:\n  autostart: 'true'\n"), HasSubstr("in quotes it is a text"));
  EXPECT_THAT(Complaint("tuning:\n  seed: 1e3\n"), HasSubstr("a whole number"));
  EXPECT_THAT(Complaint("tuning:\n  seed: !!int 5\n"), HasSubstr("has the tag"));
  EXPECT_THAT(Complaint("tuning: &t {seed: 5}\nhold: {<<: *t}\n"), HasSubstr("hold.<<"));
}

TEST(DocumentTest, KeysAndValuesThatAreMissingOrOfAnotherShapeAreTold) {
  EXPECT_THAT(Complaint("tuning:\n  mode:\n"),
              HasSubstr("tuning.mode: has no value; must be a single value, one of: observe"));
  EXPECT_THAT(Complaint("tuning:\n  seed: ~\n"), HasSubstr("a whole number from 0"));
  EXPECT_THAT(Complaint("tuning:\n  seed: {a: 1}\n"), HasSubstr("a whole number from 0"));
  EXPECT_THAT(Complaint("log:\n  level: [info]\n"), HasSubstr("debug, info, warning, error"));
  EXPECT_THAT(Complaint("host:\n  address: []\n"), HasSubstr("HOST:PORT"));
  EXPECT_THAT(Complaint("tuning:\n  ? [a, b]\n  : 5\n"), HasSubstr("tuning: has a key that is no"));
  EXPECT_THAT(Complaint("tuning:\n  : 5\n"), HasSubstr("tuning: has a key that is no name"));
  EXPECT_THAT(Complaint("parameters:\n  a: [1, 2]\n"),
              HasSubstr("F:2:6: parameters.a: must be a single value, or a mapping with values"));
}

TEST(DocumentTest, NeitherDepthNorAliasesNorSizeWearItOut) {
  EXPECT_THAT(Complaint(std::string(100000, '[')), HasSubstr("is nested too deeply"));
  EXPECT_THAT(Complaint("tuning: &t {seed: *t}\n"), HasSubstr("F:1:"));
  std::string text = "parameters:\n  a0: &a {values: [";
  for (int i = 0; i < 100000; ++i) text += std::to_string(i) + ",";
  text += "]}\n";
  for (int i = 1; i < 20000; ++i) text += "  a" + std::to_string(i) + ": *a\n";
  EXPECT_THAT(Complaint(text), HasSubstr("parameters: must be at most 256, not 20000"));
  std::string values = "parameters: {a: {values: [";
  for (int i = 0; i < 10001; ++i) values += std::to_string(i) + ",";
  EXPECT_THAT(Complaint(values + "]}}"), HasSubstr("a list of at most 10000 values"));
}

TEST(DocumentTest, OnlyTheFirstHundredMistakesAreListed) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += "nonsense" + std::to_string(i) + ": 1\n";
  const LoadResult result = ParseSettings(text);
  ASSERT_EQ(result.errors.size(), 101u);
  EXPECT_EQ(result.errors.back().message, "there are 49900 further mistakes");
}

TEST(DocumentTest, WhatIsToldKeepsToItsLine) {
  const std::string said = Complaint(
      "tuning:\n  mode: \"a\\nb\\x1b[31m\"\n  \"x\\ny\": " + std::string(5000, 'z') + "\n");
  EXPECT_THAT(said, HasSubstr("'a?b?[31m' must be one of"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 2);
  const std::string large = Complaint("tuning: {mode: " + std::string(5000, 'z') + "}\n");
  EXPECT_THAT(large, HasSubstr("zz...' must be one of"));
  EXPECT_LT(large.size(), 300u);
}

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "settingsXXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ / name; }
  std::string Why(const std::string& name) const {
    const LoadResult result = LoadSettings(Path(name));
    EXPECT_EQ(result.errors.size(), 1u);
    return result.errors.empty() ? "" : result.errors[0].message;
  }

  std::filesystem::path directory_;
};

TEST_F(FileTest, WhatIsNoFileIsToldAsWhatItIs) {
  EXPECT_EQ(Why("none"), "there is no such file");
  EXPECT_EQ(Why(""), "is a directory, not a regular file");
  std::filesystem::create_symlink("loop", Path("loop"));
  EXPECT_THAT(Why("loop"), HasSubstr("can't be read: Too many levels of symbolic links"));
  std::filesystem::create_symlink("nowhere", Path("dangling"));
  EXPECT_EQ(Why("dangling"), "there is no such file");
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(Why("fifo"), "is not a regular file");
  std::ofstream(Path("file")) << "{}";
  EXPECT_THAT(Why("file/below"), HasSubstr("there is no such file"));
  EXPECT_TRUE(LoadSettings(Path("file")).settings);
}

TEST_F(FileTest, WhatIsTooLargeIsNotRead) {
  std::ofstream(Path("large")) << std::string((1 << 20) - 2, '#') << "\n{}";
  EXPECT_THAT(Why("large"), HasSubstr("is above 1 MiB"));
  std::ofstream(Path("fits")) << std::string((1 << 20) - 3, '#') << "\n{}";
  EXPECT_TRUE(LoadSettings(Path("fits")).settings);
}

}  // namespace
}  // namespace trimtab
