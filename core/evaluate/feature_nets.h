// FeatureNet: turns pictures into features for the distances. Either our shipped clothes classifier (28 x 28 grey), or
// networks with random weights, which need no training (Naeem et al. 2020, section 5: also for domains where no
// trained network fits). Compute thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/evaluate/features.h"

namespace imago::evaluate {

class FeatureNet {
  public:
    virtual ~FeatureNet() = default;
    virtual std::string id() const = 0;      // "fashion-classifier", "random-1"
    virtual std::string sha256() const = 0;  // of the file, or of the random weights: figures hold only for equal hashes
    virtual std::int64_t dims() const = 0;
    virtual bool fits(const PictureSet& pictures) const = 0;  // their size and channels
    // Appends the rows of pictures [from, from + count).
    virtual void read(const PictureSet& pictures, std::int64_t from, std::int64_t count, Features& features) = 0;
};

// Features are read so many pictures at a time, with a yield in between.
constexpr std::int64_t kReadSlice = 500;

// A classifier's model file (imago train --family classifier; then its weights).
Result<std::unique_ptr<FeatureNet>> openClassifierNet(const std::filesystem::path& file);

// Three convolutional networks with fixed random weights, for pictures of this many channels.
std::vector<std::unique_ptr<FeatureNet>> makeRandomNets(int channels);

// Where the shipped classifiers are: the one that scores, and one trained from another seed (for calibration).
std::optional<std::filesystem::path> shippedClassifier(bool second = false);

// The networks that score pictures of this shape, and why these, in words.
struct Evaluator {
    std::vector<std::unique_ptr<FeatureNet>> nets;
    std::string why;  // English sentence for the result
    Json describe() const;
};
Result<Evaluator> makeEvaluator(const PictureSet& shape);

}  // namespace imago::evaluate
