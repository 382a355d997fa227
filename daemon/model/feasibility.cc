// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/feasibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "daemon/model/rule_bounds.h"

namespace trimtab {
namespace {

// Terms looked at before a question is left open, some tenths of a second.
constexpr std::int64_t kWork = 5'000'000;
constexpr int kMostSweeps = 200;

class Examiner {
 public:
  explicit Examiner(const SearchSpace& space) {
    for (const Dimension& each : space.dimensions()) all_.emplace_back(each);
    for (const Rule& rule : space.rules()) lines_.emplace_back(rule, space);
  }

  const std::vector<ValueRange>& ranges() const { return all_; }
  const std::vector<RuleLine>& lines() const { return lines_; }

  // Whether it is certain that no point obeys all of these rules.
  bool NoneObeys(const std::vector<std::size_t>& rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        work_ += static_cast<std::int64_t>(lines_[rules[i]].terms.size());
        if (work_ < kWork && SumIsImpossible(lines_[rules[i]], lines_[rules[j]], all_)) return true;
      }
    }
    return Search(all_, rules, 0) == Answer::kNone;
  }

  // The ranges that these rules leave; nothing where one is empty.
  std::optional<std::vector<ValueRange>> Narrowed(std::vector<ValueRange> ranges,
                                                  const std::vector<std::size_t>& rules) {
    bool moved = true;
    for (int sweep = 0; moved && sweep < kMostSweeps && work_ < kWork; ++sweep) {
      moved = false;
      for (const std::size_t i : rules) {
        const RuleLine& line = lines_[i];
        work_ += static_cast<std::int64_t>(line.terms.size() * line.terms.size());
        for (const RuleLine::Term& term : line.terms) {
          moved = Narrow(line, term, ranges) || moved;
          if (ranges[term.axis].empty()) return std::nullopt;
        }
        if (!line.CanHold(ranges)) return std::nullopt;
      }
    }
    return ranges;
  }

 private:
  enum class Answer { kNone, kSome, kOpen };

  Answer Search(const std::vector<ValueRange>& from, const std::vector<std::size_t>& rules,
                int depth) {
    constexpr int kDeepest = 1000;
    const auto ranges = Narrowed(from, rules);
    if (!ranges) return Answer::kNone;
    const bool always = std::all_of(rules.begin(), rules.end(),
                                    [&](std::size_t i) { return lines_[i].AlwaysHolds(*ranges); });
    if (always) return Answer::kSome;
    if (work_ >= kWork || depth > kDeepest) return Answer::kOpen;
    const ValueRange* widest = nullptr;
    bool continuum = false;
    for (const std::size_t i : rules) {
      for (const RuleLine::Term& term : lines_[i].terms) {
        const ValueRange& range = (*ranges)[term.axis];
        if (range.single()) continue;
        continuum = continuum || !range.finite();
        if (range.finite() && (widest == nullptr || range.count() > widest->count())) {
          widest = &range;
        }
      }
    }
    if (widest == nullptr) return continuum ? Answer::kOpen : Answer::kNone;
    bool open = false;
    const auto axis = static_cast<std::size_t>(widest - ranges->data());
    for (const ValueRange& half : {widest->LowerHalf(), widest->UpperHalf()}) {
      std::vector<ValueRange> part = *ranges;
      part[axis] = half;
      const Answer answer = Search(part, rules, depth + 1);
      if (answer == Answer::kSome) return answer;
      open = open || answer == Answer::kOpen;
      if (work_ >= kWork) return Answer::kOpen;
    }
    return open ? Answer::kOpen : Answer::kNone;
  }

  std::vector<ValueRange> all_;
  std::vector<RuleLine> lines_;
  std::int64_t work_ = 0;
};

std::string Reach(const RuleLine& line, const std::vector<ValueRange>& ranges) {
  const auto [least, most] = line.Reach(ranges);
  if (least == most) return fmt::format("left minus right is always {:.6g}", least);
  return fmt::format("left minus right is from {:.6g} to {:.6g}", least, most);
}

// The smallest set of rules that nothing obeys.
RuleFinding Culprit(Examiner& examiner, const SearchSpace& space) {
  const std::size_t count = space.rules().size();
  for (std::size_t i = 0; i < count; ++i) {
    if (examiner.NoneObeys({i})) {
      return {i, "no configuration obeys it: " + Reach(examiner.lines()[i], examiner.ranges())};
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (examiner.NoneObeys({j, i})) {
        return {i, fmt::format("no configuration obeys both it and the rule '{}'",
                               space.rules()[j].text())};
      }
    }
  }
  return {count - 1, fmt::format("no configuration obeys all {} rules", count)};
}

}  // namespace

RuleFindings ExamineRules(const SearchSpace& space) {
  RuleFindings findings;
  std::vector<std::size_t> rules(space.rules().size());
  for (std::size_t i = 0; i < rules.size(); ++i) rules[i] = i;
  if (rules.empty()) return findings;
  Examiner examiner(space);
  if (examiner.NoneObeys(rules)) {
    // With patience of its own for the question which one it is.
    Examiner fresh(space);
    findings.impossible.push_back(Culprit(fresh, space));
    return findings;
  }
  for (const std::size_t i : rules) {
    const RuleLine& line = examiner.lines()[i];
    if (!line.AlwaysHolds(examiner.ranges())) continue;
    findings.idle.push_back({i, "every configuration obeys it, so it forbids nothing: " +
                                    Reach(line, examiner.ranges())});
  }
  const auto narrowed = examiner.Narrowed(examiner.ranges(), rules);
  for (std::size_t k = 0; narrowed && k < narrowed->size(); ++k) {
    const ValueRange& left = (*narrowed)[k];
    if (!left.finite() || !left.single() || examiner.ranges()[k].single()) continue;
    findings.held.push_back({space.dimensions()[k].name, left.value()});
  }
  return findings;
}

}  // namespace trimtab
