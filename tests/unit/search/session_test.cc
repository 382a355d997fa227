// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/cli/session.h"

#include <gmock/gmock.h>

#include "daemon/base/random.h"

namespace trimtab::search_cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kSpace =
    R"({"op":"space","objective":"min","seed":1,"params":[
        {"name":"threads","type":"int","values":[4,8,16]},
        {"name":"codec","type":"cat","values":["lz4","zstd"]},
        {"name":"sync","type":"bool"},
        {"name":"ratio","type":"float","min":0.1,"max":10,"log":true}]})";

std::string OneLine(std::string text) {
  std::erase(text, '\n');
  return text;
}

class SessionTest : public testing::Test {
 protected:
  json Ask(const std::string& line) {
    const std::optional<std::string> answer = session_.Handle(OneLine(line));
    return answer ? json::parse(*answer) : json();
  }
  std::string Refused(const std::string& line) {
    const json answer = Ask(line);
    return answer.is_object() && answer.contains("error") ? answer["error"].get<std::string>()
                                                          : "not refused";
  }

  Session session_;
};

TEST_F(SessionTest, SuggestsAndNamesTheBest) {
  EXPECT_TRUE(Ask(kSpace).is_null());
  EXPECT_TRUE(Ask(R"({"op":"best"})")["config"].is_null());
  for (int i = 0; i < 12; ++i) {
    const json config = Ask(R"({"op":"suggest"})")["config"];
    const double value = 100.0 / config["threads"].get<int>() + config["ratio"].get<double>();
    EXPECT_TRUE(
        Ask(json{{"op", "observe"}, {"config", config}, {"value", value}}.dump()).is_null());
  }
  const json best = Ask(R"({"op":"best"})");
  EXPECT_EQ(best["config"]["threads"], 16);
  EXPECT_LE(best["predicted"]["lower"], best["predicted"]["value"]);
  EXPECT_TRUE(Ask(R"({"op":"suggest"})").contains("expected_gain"));
  EXPECT_EQ(Ask(R"({"op":"suggest","count":3})")["suggestions"].size(), 3u);
  EXPECT_EQ(Ask(R"({"op":"importances"})")["importances"].size(), 4u);
  EXPECT_EQ(session_.refused(), 0);
}

TEST_F(SessionTest, AnswersWithTheFrontWhereThereAreFurtherObjectives) {
  Ask(R"({"op":"space","objective":"max","seed":1,"further":[{"name":"cost","objective":"min"}],
          "params":[{"name":"n","type":"int","values":[1,2,3,4,5,6]},
                    {"name":"waste","type":"bool"}]})");
  EXPECT_THAT(Refused(R"({"op":"observe","config":{"n":1,"waste":true},"value":1})"),
              HasSubstr("observation.further"));
  for (int n = 1; n <= 6; ++n) {
    for (const bool waste : {false, true}) {
      const json trial = {{"op", "observe"},
                          {"config", {{"n", n}, {"waste", waste}}},
                          {"value", 10 * n},
                          {"further", {{"cost", n * n + (waste ? 20 : 0)}}}};
      EXPECT_TRUE(Ask(trial.dump()).is_null());
    }
  }
  const json front = Ask(R"({"op":"front"})")["front"];
  ASSERT_EQ(front.size(), 6u);
  for (const json& point : front) EXPECT_EQ(point["config"]["waste"], false);
  EXPECT_EQ(front[0]["config"]["n"], 6);
  EXPECT_NEAR(front[0]["further"]["cost"].get<double>(), 36, 2);
}

TEST_F(SessionTest, BadFurtherObjectivesAreRefused) {
  const auto with = [](const std::string& further) {
    return R"({"op":"space","objective":"min","further":)" + further +
           R"(,"params":[{"name":"a","type":"bool"}]})";
  };
  EXPECT_THAT(Refused(with("3")), HasSubstr("further"));
  EXPECT_THAT(Refused(with(R"([{"name":"m"}])")), HasSubstr("further[0].objective"));
  EXPECT_THAT(Refused(with(R"([{"objective":"min"}])")), HasSubstr("further[0].name"));
  const std::string m = R"({"name":"m","objective":"min"})";
  EXPECT_THAT(Refused(with("[" + m + "," + m + "]")), HasSubstr("twice"));
  EXPECT_THAT(Refused(with("[" + m + "," + m + "," + m + "]")), HasSubstr("at most 2"));
}

TEST_F(SessionTest, BadSpacesAreRefusedAndSayWhere) {
  const auto with = [](const std::string& param) {
    return R"({"op":"space","objective":"min","params":[)" + param + "]}";
  };
  EXPECT_THAT(Refused("{"), HasSubstr("line 1: not a JSON object"));
  EXPECT_THAT(Refused(R"({"op":"dance"})"), HasSubstr("op: must be"));
  EXPECT_THAT(Refused(R"({"op":"suggest"})"), HasSubstr("\"space\" must come first"));
  EXPECT_THAT(Refused(R"({"op":"space","objective":"min","params":[]})"), HasSubstr("params:"));
  EXPECT_THAT(Refused(with(R"({"name":"a","type":"int","values":[]})")),
              HasSubstr("params[0].values: must be a list that is not empty"));
  EXPECT_THAT(Refused(with(R"({"name":"a","type":"int","min":5,"max":2})")),
              HasSubstr("a: min 5 is above max 2"));
  EXPECT_THAT(Refused(with(R"({"name":"a","type":"int","values":[1,2.5]})")),
              HasSubstr("params[0].values[1]: 2.5 is not a whole number"));
  EXPECT_THAT(Refused(with(R"({"name":"a","type":"complex"})")), HasSubstr("params[0].type"));
  EXPECT_THAT(Refused(with(R"({"name":"a","type":"float","min":0,"max":1,"log":true})")),
              HasSubstr("log scale needs a positive min"));
  EXPECT_THAT(Refused(R"({"op":"space","params":[{"name":"a","type":"bool"}]})"),
              HasSubstr("objective"));
  EXPECT_EQ(session_.refused(), 10);
  // Nothing of it has stayed.
  EXPECT_TRUE(Ask(kSpace).is_null());
  EXPECT_THAT(Refused(kSpace), HasSubstr("there is one already"));
}

TEST_F(SessionTest, BadObservationsAreRefusedAndChangeNothing) {
  Ask(kSpace);
  const auto observe = [](const std::string& config, const std::string& rest) {
    return R"({"op":"observe","config":)" + config + rest + "}";
  };
  const std::string good = R"({"threads":4,"codec":"lz4","sync":false,"ratio":1})";
  EXPECT_THAT(Refused(observe(R"({"threads":4})", R"(,"value":1)")), HasSubstr("codec: missing"));
  EXPECT_THAT(
      Refused(observe(R"({"threads":5,"codec":"lz4","sync":false,"ratio":1})", R"(,"value":1)")),
      HasSubstr("threads: 5 is not allowed; allowed: 4, 8 or 16"));
  EXPECT_THAT(Refused(observe(R"({"treads":4})", R"(,"value":1)")),
              HasSubstr("config.treads: there is no such parameter"));
  EXPECT_THAT(Refused(observe(good, R"(,"value":NaN)")), HasSubstr("not a JSON object"));
  EXPECT_THAT(Refused(observe(good, R"(,"value":"fast")")), HasSubstr("not a finite number"));
  EXPECT_THAT(Refused(observe(good, R"(,"value":1,"status":"odd")")), HasSubstr("status"));
  EXPECT_THAT(Refused(observe(good, "")), HasSubstr("value: missing"));
  EXPECT_TRUE(Ask(R"({"op":"best"})")["config"].is_null());
  EXPECT_TRUE(Ask(observe(good, R"(,"value":1)")).is_null());
  EXPECT_EQ(Ask(R"({"op":"best"})")["config"], json::parse(good));
}

TEST_F(SessionTest, ConstraintsAreAskedForAndKept) {
  Ask(R"({"op":"space","objective":"max","params":[{"name":"n","type":"int","min":1,"max":9}],
          "constraints":[{"name":"latency","max":5}]})");
  EXPECT_THAT(Refused(R"({"op":"observe","config":{"n":3},"value":3})"),
              HasSubstr("constraints: missing"));
  for (int n = 1; n <= 9; ++n) {
    const json line = {
        {"op", "observe"}, {"config", {{"n", n}}}, {"value", n}, {"constraints", {{"latency", n}}}};
    EXPECT_TRUE(Ask(line.dump()).is_null());
  }
  const json best = Ask(R"({"op":"best"})");
  EXPECT_LE(best["config"]["n"], 5);
  EXPECT_GE(best["config"]["n"], 4);
  EXPECT_GT(best["feasibility"], 0.5);
}

// Seeded fuzzing: lines are cut, doubled, and parts of them replaced.
TEST(SessionFuzzTest, AnyLineIsAnsweredOrRefusedAndTheSessionGoesOn) {
  const std::vector<std::string> seeds = {
      OneLine(kSpace),
      R"({"op":"suggest"})",
      R"({"op":"suggest","count":2})",
      R"({"op":"best"})",
      R"({"op":"importances"})",
      R"({"op":"front"})",
      R"({"op":"observe","config":{"threads":4,"codec":"lz4","sync":true,"ratio":1},"value":2})",
      R"({"op":"observe","config":{"threads":8,"codec":"zstd","sync":true,"ratio":0.5},"value":-1e308})"};
  const std::vector<std::string> parts = {"{",
                                          "}",
                                          "[",
                                          "]",
                                          "null",
                                          "1e999",
                                          "-0",
                                          "\"\"",
                                          "false",
                                          "\"op\"",
                                          ",",
                                          "\xff",
                                          "2.5",
                                          "{}",
                                          "[]",
                                          "\\u0000",
                                          "9223372036854775808",
                                          "values"};
  Random random(20);
  for (int run = 0; run < 40; ++run) {
    Session session;
    session.Handle(seeds[0]);
    for (int i = 0; i < 40; ++i) {
      std::string line = seeds[random.Next() % seeds.size()];
      for (std::uint64_t edits = random.Next() % 4; edits > 0; --edits) {
        const std::size_t at = random.Next() % (line.size() + 1);
        switch (random.Next() % 3) {
          case 0:
            line.resize(at);
            break;
          case 1:
            line.insert(at, parts[random.Next() % parts.size()]);
            break;
          default:
            line.replace(at, 1 + random.Next() % 4, parts[random.Next() % parts.size()]);
        }
      }
      std::erase(line, '\n');
      const int refused = session.refused();
      const std::optional<std::string> answer = session.Handle(line);
      if (!answer) continue;
      const json parsed = json::parse(*answer, nullptr, false);
      ASSERT_TRUE(parsed.is_object()) << line;
      ASSERT_EQ(parsed.contains("error"), session.refused() == refused + 1) << line;
    }
    ASSERT_TRUE(session.Handle(seeds[1]));
  }
}

}  // namespace
}  // namespace trimtab::search_cli
