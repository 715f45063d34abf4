// PictureMaker: the pictures of a model that are measured, a network evaluation at a time. Eight bits, as in a file: what is
// measured is what people get. Compute thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/evaluate/reference.h"
#include "core/models/sampling.h"
#include "core/sample/model_cache.h"

namespace imago::evaluate {

// Which of the model's classes a picture is asked for; -1: none.
using ClassOf = std::function<int(std::int64_t picture)>;

class PictureMaker {
  public:
    // settings: complete. Picture i has seed (seed + i). classOf empty: no classes are asked for.
    PictureMaker(std::shared_ptr<CachedModel> model, Json settings, std::uint64_t seed, std::int64_t count, ClassOf classOf);

    Result<bool> advance();  // one evaluation; true: there is more to do
    const PictureSet& pictures() const { return m_pictures; }
    PictureSet takePictures() { return std::move(m_pictures); }

  private:
    Result<void> beginBatch();

    std::shared_ptr<CachedModel> m_model;
    Json m_settings;
    std::uint64_t m_seed;
    std::int64_t m_count;
    ClassOf m_classOf;
    std::unique_ptr<SamplingProcess> m_process;
    PictureSet m_pictures;
};

// Classes as often as among the real pictures where the model knows the same ones, else its own in turn.
struct AskedClasses {
    std::string how;  // for the result
    ClassOf of;
};
AskedClasses classesLike(const Reference& reference, const CachedModel& model);

// {"kind":"model","model":..,"family":..,"step":..,"sha256":..}; reference: as it was asked for.
Json describeModel(const std::string& reference, const LoadedModel& model);
// An error where the model's pictures are not as large as the real ones.
Result<void> checkSameSize(const DataShape& model, const PictureSet& real);

}  // namespace imago::evaluate
