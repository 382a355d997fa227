// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/log_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace trimtab {
namespace {

using testing::HasSubstr;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Decision Promotion() {
  Decision decision;
  decision.id = 7;
  decision.reason = DecisionReason::kPromoted;
  decision.explanation = "said \"so\"\nin two lines";
  decision.old_config = Configuration{{"batch_size", std::int64_t{1}}};
  decision.new_config = Configuration{{"batch_size", std::int64_t{2}}};
  decision.expected_gain = Gain{0.5, 0.4, 0.6, 0.95};
  decision.trial_ids = {3, 4};
  return decision;
}

TEST(LogJournalTest, EveryLineOfJsonIsAnObjectOfItsOwn) {
  testing::internal::CaptureStderr();
  {
    LogJournal journal(true, "info");
    journal.Note(Journal::Level::kWarning, "a \"quoted\" {} message",
                 {{"error", "line one\nline two"}, {"bytes", "\xff"}});
    journal.Record(Promotion());
    Trial trial;
    trial.id = 3;
    trial.score = Score{0.25, {}};
    journal.Record(trial);
  }
  const auto lines = Lines(testing::internal::GetCapturedStderr());
  ASSERT_EQ(lines.size(), 3u);
  const auto note = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(note.at("level"), "warning");
  EXPECT_EQ(note.at("message"), "a \"quoted\" {} message");
  EXPECT_EQ(note.at("error"), "line one\nline two");
  const auto decision = nlohmann::json::parse(lines[1]);
  EXPECT_EQ(decision.at("message"), "decision");
  EXPECT_EQ(decision.at("id"), "7");
  EXPECT_EQ(decision.at("reason"), "promoted");
  EXPECT_EQ(decision.at("old"), "batch_size=1");
  EXPECT_EQ(decision.at("new"), "batch_size=2");
  EXPECT_EQ(decision.at("trials"), "3,4");
  EXPECT_THAT(decision.at("expected_gain").get<std::string>(), HasSubstr("+50.00%"));
  EXPECT_EQ(nlohmann::json::parse(lines[2]).at("score"), "0.25");
}

TEST(LogJournalTest, ALineOfTextStaysOneLine) {
  testing::internal::CaptureStderr();
  LogJournal(false, "info").Record(Promotion());
  const auto lines = Lines(testing::internal::GetCapturedStderr());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr(R"(decision id="7" reason="promoted")"));
  EXPECT_THAT(lines[0], HasSubstr(R"(in two lines)"));
}

TEST(LogJournalTest, WhatIsBelowTheLevelIsLeftOut) {
  testing::internal::CaptureStderr();
  {
    LogJournal journal(false, "error");
    journal.Note(Journal::Level::kWarning, "left out", {});
    journal.Note(Journal::Level::kError, "kept", {});
  }
  const auto lines = Lines(testing::internal::GetCapturedStderr());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("kept"));
}

}  // namespace
}  // namespace trimtab
