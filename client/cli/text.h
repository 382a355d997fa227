// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/v1/tuner.pb.h>

#include <map>
#include <string>
#include <vector>

// Values as people read them; nothing here prints.
namespace trimtab::cli {

// Every parameter of a configuration by name, as text.
std::map<std::string, std::string> Parameters(const v1::SystemConfig& config);
std::string OneLine(const v1::SystemConfig& config);
// "TUNER_STATE_HOLDING" without its prefix, in small letters.
std::string Word(const std::string& name, const std::string& prefix);
std::string StateWord(v1::TunerState state);
// "3.142", or "-" without a score.
std::string ScoreText(const v1::ScoredConfiguration& scored);
// "3.142 [2.9, 3.3]"
std::string PredictionText(const v1::Prediction& prediction);
std::string GainText(const v1::Gain& gain);
// "met", "not known" or which requirements are broken.
std::string MetText(const v1::SlaCompliance& compliance);

// Columns as wide as their widest cell; the first row is the head.
std::string Table(const std::vector<std::vector<std::string>>& rows);
// "[######----]  60 %".
std::string ProgressBar(double share, int width);
// The text in lines of at most `width` letters, broken at blanks; a longer word
// is cut up.
std::vector<std::string> Wrap(const std::string& text, std::size_t width);

}  // namespace trimtab::cli
