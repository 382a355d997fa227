// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/cli/session.h"

#include <fmt/format.h>
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
              HasSubstr("further: missing"));
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
  EXPECT_THAT(Refused(with(R"({"name":"a","type":"bool"},{"name":"a","type":"bool"})")),
              HasSubstr("params: a: the parameter is given twice"));
  EXPECT_THAT(Refused(with(R"({"name":"a","type":"float","min":0,"max":1,"log":true})")),
              HasSubstr("log scale needs a positive min"));
  EXPECT_THAT(Refused(R"({"op":"space","params":[{"name":"a","type":"bool"}]})"),
              HasSubstr("objective"));
  EXPECT_EQ(session_.refused(), 11);
  // Nothing of it has stayed.
  EXPECT_TRUE(Ask(kSpace).is_null());
  EXPECT_THAT(Refused(kSpace), HasSubstr("there is one already"));
}

TEST_F(SessionTest, RangesBeyondWhatNumbersHoldAreRefused) {
  const auto refused = [this](const std::string& param) {
    return Refused(R"({"op":"space","objective":"min","params":[{"name":"a","type":)" + param +
                   "}]}");
  };
  EXPECT_THAT(refused(R"("float","min":-1e308,"max":1e308)"), HasSubstr("a: min -1e+308 and max"));
  EXPECT_THAT(refused(R"("float","min":0,"max":1,"step":1e-300)"), HasSubstr("step 1e-300 is too"));
  EXPECT_THAT(refused(R"("int","min":0,"max":1e30)"), HasSubstr("from -2^53 to 2^53"));
  EXPECT_THAT(refused(R"("float","min":0,"max":1e400)"),
              HasSubstr("line 4: max: 1e400 is not a finite number"));
}

TEST_F(SessionTest, AFieldThatIsThereTwiceIsRefused) {
  EXPECT_THAT(Refused(R"({"op":"space","objective":"min","objective":"max","params":[]})"),
              HasSubstr("objective: is there twice"));
  Ask(kSpace);
  EXPECT_THAT(Refused(R"({"op":"observe","value":1,"config":{"threads":4,"threads":8}})"),
              HasSubstr("threads: is there twice"));
}

TEST_F(SessionTest, QuantitiesHaveNames) {
  const auto refused = [this](const std::string& rest) {
    return Refused(R"({"op":"space","objective":"min","params":[{"name":"a","type":"bool"}],)" +
                   rest + "}");
  };
  EXPECT_THAT(refused(R"("constraints":[{"name":"","max":1}])"),
              HasSubstr("constraints[0].name: must be a string that is not empty"));
  EXPECT_THAT(refused(R"("further":[{"name":"","objective":"min"}])"),
              HasSubstr("further[0].name"));
  EXPECT_THAT(refused(R"("further":[5])"), HasSubstr("further[0].name"));
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
  EXPECT_THAT(Refused(observe(good, R"(,"value":NaN)")),
              HasSubstr("line 5: value: NaN is not a finite number"));
  EXPECT_THAT(Refused(observe(good, R"(,"value": -Infinity, "status":"ok")")),
              HasSubstr("value: -Infinity is not a finite number"));
  EXPECT_THAT(Refused(observe(good, R"(,"value":nonsense)")), HasSubstr("not a JSON object"));
  EXPECT_THAT(Refused(observe(good, R"(,"value":"fast")")), HasSubstr("not a finite number"));
  EXPECT_THAT(Refused(observe(good, R"(,"value":1,"status":"odd")")), HasSubstr("status"));
  EXPECT_THAT(Refused(observe(good, "")), HasSubstr("value: missing"));
  EXPECT_TRUE(Ask(R"({"op":"best"})")["config"].is_null());
  // All goes on as in a session in which nothing was refused.
  Session other;
  other.Handle(OneLine(kSpace));
  const auto both = [&](const std::string& line) {
    const json answer = Ask(line);
    const std::optional<std::string> expected = other.Handle(OneLine(line));
    EXPECT_EQ(answer, expected ? json::parse(*expected) : json());
    return answer;
  };
  both(observe(good, R"(,"value":1)"));
  for (int i = 0; i < 8; ++i) {
    Ask(observe(good, R"(,"value":"fast")"));
    const json config = both(R"({"op":"suggest"})")["config"];
    both(observe(config.dump(), fmt::format(R"(,"value":{})", i)));
  }
  both(R"({"op":"best"})");
  both(R"({"op":"importances"})");
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

TEST_F(SessionTest, NumbersBeyondTheirTypeAreRefused) {
  EXPECT_THAT(Refused(R"({"op":"space","objective":"min","params":[
                  {"name":"a","type":"int","values":[1,18446744073709551615]}]})"),
              HasSubstr("params[0].values[1]: 18446744073709551615 is too large"));
  Ask(R"({"op":"space","objective":"min","params":[
      {"name":"a","type":"int","values":[1,9223372036854775807]}]})");
  EXPECT_THAT(Refused(R"({"op":"observe","config":{"a":9223372036854775808},"value":1})"),
              HasSubstr("config.a: 9223372036854775808 is too large"));
  EXPECT_TRUE(Ask(R"({"op":"observe","config":{"a":9223372036854775807},"value":1})").is_null());
}

TEST_F(SessionTest, FieldsThatNobodyReadsAreRefused) {
  const auto space = [](const std::string& param, const std::string& rest) {
    return R"({"op":"space","objective":"min","params":[)" + param + "]" + rest + "}";
  };
  const std::string a = R"({"name":"a","type":"int","values":[1,2]})";
  EXPECT_THAT(Refused(space(a, R"(,"constrants":[])")), HasSubstr("constrants: there is no such"));
  EXPECT_THAT(Refused(space(a, R"(,"trials":"many")")), HasSubstr("trials: must be"));
  EXPECT_THAT(Refused(space(R"({"name":"a","type":"float","min":1,"max":2,"lgo":true})", "")),
              HasSubstr("params[0].lgo: there is no such field"));
  EXPECT_THAT(Refused(space(R"({"name":"a","type":"int","values":[1,2],"log":true})", "")),
              HasSubstr("params[0].log: there is no such field"));
  EXPECT_THAT(Refused(space(R"({"name":"a","type":"bool","min":0})", "")),
              HasSubstr("params[0].min: there is no such field"));
  EXPECT_THAT(Refused(space(a, R"(,"constraints":[{"name":"m","maximum":2,"max":1}])")),
              HasSubstr("constraints[0].maximum: there is no such field"));
  EXPECT_THAT(Refused(space(a, R"(,"further":[{"name":"m","objective":"min","weight":1}])")),
              HasSubstr("further[0].weight: there is no such field"));
  EXPECT_THAT(Refused(space(a, R"(,"prior":[{"config":{"a":1},"value":1,"op":"observe"}])")),
              HasSubstr("prior[0]: op: there is no such field"));
  EXPECT_TRUE(Ask(space(a, R"(,"trials":30)")).is_null());
  EXPECT_THAT(Refused(R"({"op":"suggest","cuont":2})"), HasSubstr("cuont: there is no such field"));
  EXPECT_THAT(Refused(R"({"op":"best","count":2})"), HasSubstr("count: there is no such field"));
  EXPECT_THAT(Refused(R"({"op":"observe","config":{"a":1},"value":1,"weight":2})"),
              HasSubstr("weight: there is no such field"));
  EXPECT_THAT(Refused(R"({"op":"observe","config":{"a":1},"value":1,"constraints":{"m":1}})"),
              HasSubstr("constraints.m: the space has no such name"));
}

TEST_F(SessionTest, AQuantityHasOneName) {
  const auto with = [](const std::string& rest) {
    return R"({"op":"space","objective":"min","params":[{"name":"a","type":"int","values":[1,2]}])" +
           rest + "}";
  };
  EXPECT_THAT(Refused(with(R"(,"constraints":[{"name":"m","max":1},{"name":"m","min":0}])")),
              HasSubstr("constraints[1].name: is there twice"));
  EXPECT_TRUE(Ask(with(R"(,"constraints":[{"name":"m","max":9}],
                          "further":[{"name":"m","objective":"min"}])"))
                  .is_null());
  EXPECT_THAT(Refused(R"({"op":"observe","config":{"a":1},"value":1,"constraints":{"m":1},
                          "further":{"m":2}})"),
              HasSubstr("further.m: 2 differs"));
  EXPECT_TRUE(Ask(R"({"op":"observe","config":{"a":1},"value":1,"constraints":{"m":1},
                      "further":{"m":1}})")
                  .is_null());
}

TEST_F(SessionTest, WhatAFailedTrialTellsOfTheBoundsIsLearned) {
  Ask(R"({"op":"space","objective":"max","seed":2,"constraints":[{"name":"latency","max":5}],
          "params":[{"name":"n","type":"int","min":1,"max":9},
                    {"name":"on","type":"bool"}]})");
  const auto observe = [](int n, bool on, const std::string& rest) {
    return fmt::format(R"({{"op":"observe","config":{{"n":{},"on":{}}},{}}})", n, on, rest);
  };
  EXPECT_THAT(Refused(observe(1, true, R"("status":"failed","constraints":5)")),
              HasSubstr("constraints: must be an object"));
  EXPECT_THAT(Refused(observe(1, true, R"("status":"failed","constraints":{"latency":"x"})")),
              HasSubstr("constraints.latency"));
  EXPECT_THAT(Refused(observe(1, true, R"("status":"failed","value":5)")),
              HasSubstr("value: there is no such field here"));
  EXPECT_THAT(Refused(observe(1, true, R"("status":"error","constraints":{"latency":5})")),
              HasSubstr("constraints: there is no such field here"));
  EXPECT_TRUE(Ask(observe(1, true, R"("status":"error")")).is_null());
  // All that fails breaks the bound; what was measured beside it keeps it just so.
  for (const int n : {1, 2, 3}) {
    Ask(observe(n, false,
                fmt::format(R"("value":{},"constraints":{{"latency":{}}})", n, 4.6 + n * 0.1)));
  }
  const json before = Ask(R"({"op":"best"})");
  for (const int n : {4, 5, 6, 7}) {
    EXPECT_TRUE(
        Ask(observe(n, n % 2 == 0,
                    fmt::format(R"("status":"failed","constraints":{{"latency":{}}})", 100 * n)))
            .is_null());
  }
  EXPECT_NE(Ask(R"({"op":"best"})")["feasibility"], before["feasibility"]);
}

TEST_F(SessionTest, RulesAndWhatRunsAreKept) {
  const auto with = [](const std::string& rest) {
    return R"({"op":"space","objective":"min","params":[{"name":"a","type":"int","min":1,"max":9},
               {"name":"b","type":"int","min":1,"max":9}],)" +
           rest + "}";
  };
  EXPECT_THAT(Refused(with(R"("rules":"a <= b")")), HasSubstr("rules: must be a list"));
  EXPECT_THAT(Refused(with(R"("rules":[7])")), HasSubstr("rules: 7 is not a string"));
  EXPECT_THAT(Refused(with(R"("rules":["a <=> b"])")), HasSubstr("rules: \"a <=> b\""));
  EXPECT_THAT(Refused(with(R"("rules":["a >= 10"])")), HasSubstr("rules: no configuration"));
  EXPECT_THAT(Refused(with(R"("rules":["a <= b"],"start":{"a":5,"b":4})")),
              HasSubstr("start.config: rule 'a <= b' does not hold"));
  EXPECT_THAT(Refused(with(R"("start":{"a":5})")), HasSubstr("b: missing"));
  EXPECT_TRUE(Ask(with(R"("rules":["a <= b"],"start":{"a":4,"b":5})")).is_null());
  EXPECT_EQ(Ask(R"({"op":"suggest"})")["config"], json::parse(R"({"a":4,"b":5})"));
  for (const json& each : Ask(R"({"op":"suggest","count":20})")["suggestions"]) {
    EXPECT_LE(each["config"]["a"], each["config"]["b"]);
  }
}

TEST_F(SessionTest, PriorTrialsNeedWhatTrialsNeed) {
  const auto with = [](const std::string& prior) {
    return R"({"op":"space","objective":"min","constraints":[{"name":"m","max":3}],
               "params":[{"name":"a","type":"int","min":1,"max":9}],"prior":)" +
           prior + "}";
  };
  EXPECT_THAT(Refused(with("5")), HasSubstr("prior: must be a list"));
  EXPECT_THAT(Refused(with("[5]")), HasSubstr("prior[0]: must be an object"));
  EXPECT_THAT(Refused(with(R"([{"config":{"a":1},"value":1}])")),
              HasSubstr("prior[0]: constraints: missing"));
  EXPECT_THAT(Refused(with(R"([{"config":{"a":10},"value":1,"constraints":{"m":1}}])")),
              HasSubstr("prior[0]: config: a: 10 is not allowed"));
  EXPECT_TRUE(Ask(with(R"([{"config":{"a":1},"value":1,"constraints":{"m":1}},
                           {"config":{"a":9},"status":"failed"},
                           {"config":{"a":5},"value":0.5,"constraints":{"m":2}}])"))
                  .is_null());
  // With a model from the first trial on.
  EXPECT_TRUE(Ask(R"({"op":"suggest"})").contains("predicted"));
}

TEST_F(SessionTest, StandardErrorsWidenTheInterval) {
  const auto width = [](const std::string& error) {
    Session session;
    session.Handle(
        R"({"op":"space","objective":"min","params":[{"name":"a","type":"int","min":1,"max":9}]})");
    for (int a = 1; a < 9; ++a) {
      session.Handle(fmt::format(R"({{"op":"observe","config":{{"a":{}}},"value":{}{}}})", a,
                                 100 + a % 3, error));
    }
    const json predicted = json::parse(*session.Handle(R"({"op":"best"})"))["predicted"];
    return predicted["upper"].get<double>() - predicted["lower"].get<double>();
  };
  EXPECT_GT(width(R"(,"standard_error":20)"), width(R"(,"standard_error":0.01)"));
  Ask(kSpace);
  const std::string config = R"({"threads":4,"codec":"lz4","sync":false,"ratio":1})";
  EXPECT_THAT(Refused(R"({"op":"observe","value":1,"standard_error":-1,"config":)" + config + "}"),
              HasSubstr("standard_error: must not be negative"));
}

TEST_F(SessionTest, HowManyAtOnceHasLimits) {
  Ask(kSpace);
  for (const char* count : {"0", "65", "1.5", "\"2\"", "-1"}) {
    EXPECT_THAT(Refused(fmt::format(R"({{"op":"suggest","count":{}}})", count)),
                HasSubstr("count: must be a whole number from 1 to 64"));
  }
  EXPECT_EQ(Ask(R"({"op":"suggest","count":64})")["suggestions"].size(), 64u);
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
