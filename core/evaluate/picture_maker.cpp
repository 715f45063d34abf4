#include "core/evaluate/picture_maker.h"

#include <algorithm>

#include "core/data/sources.h"
#include "core/image/image.h"
#include "core/models/sampled.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/tensor_image.h"

namespace imago::evaluate {

namespace {
constexpr std::int64_t kBatch = 250;
}

PictureMaker::PictureMaker(std::shared_ptr<CachedModel> model, Json settings, std::uint64_t seed, std::int64_t count, ClassOf classOf)
    : m_model(std::move(model)), m_settings(std::move(settings)), m_seed(seed), m_count(count), m_classOf(std::move(classOf)) {
    const DataShape& shape = m_model->model().shape();
    m_pictures.channels = shape.channels, m_pictures.height = shape.height, m_pictures.width = shape.width;
}

Result<void> PictureMaker::beginBatch() {
    SamplingJobSpec spec;
    spec.settings = m_settings;
    for (std::int64_t i = m_pictures.count; i < std::min(m_count, m_pictures.count + kBatch); ++i) {
        spec.seeds.push_back(m_seed + static_cast<std::uint64_t>(i));
        if (m_classOf) spec.classes.push_back(m_classOf(i));
    }
    IMAGO_ASSIGN(m_process, m_model->model().beginSampling(spec));
    return {};
}

Result<bool> PictureMaker::advance() {
    if (!m_process) IMAGO_TRY(beginBatch());
    IMAGO_ASSIGN(const bool more, m_process->advance());
    if (more) return true;
    const std::unique_ptr<SamplingProcess> done = std::move(m_process);
    IMAGO_ASSIGN(const at::Tensor result, finitePictures(*done));
    for (const Image& image : imagesOf(result)) {
        m_pictures.pixels.insert(m_pictures.pixels.end(), image.data(), image.data() + image.byteCount());
        ++m_pictures.count;
    }
    return m_pictures.count < m_count;
}

AskedClasses classesLike(const Reference& reference, const CachedModel& model) {
    if (!learnedClasses(model.loaded.info)) return {"none asked for", {}};
    const auto& names = model.model().shape().classNames;
    const auto inTurn = [count = static_cast<std::int64_t>(names.size())](std::int64_t picture) {
        return static_cast<int>(picture % count);
    };
    if (names != reference.classNames) return {"each in turn", inTurn};
    return {"as often as in the data", [classes = reference.real.classes, inTurn](std::int64_t picture) {
                const int own = classes[static_cast<std::size_t>(picture)];
                return own >= 0 ? own : inTurn(picture);
            }};
}

Json describeModel(const std::string& reference, const LoadedModel& model) {
    return {{"kind", "model"},
            {"model", printableName(std::filesystem::path(reference).filename().string())},
            {"family", model.info.family},
            {"step", model.info.step},
            {"sha256", model.sha256}};
}

Result<void> checkSameSize(const DataShape& model, const PictureSet& real) {
    if (model.channels == real.channels && model.height == real.height && model.width == real.width) return {};
    const auto text = [](int w, int h, int c) { return std::to_string(w) + " x " + std::to_string(h) + " x " + std::to_string(c); };
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("The model is for pictures of {model}, the data's are {data}."),
                 {{"model", text(model.width, model.height, model.channels)}, {"data", text(real.width, real.height, real.channels)}},
                 {},
                 "data"};
}

}  // namespace imago::evaluate
