#include "core/train/preview_maker.h"

#include <cmath>

#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/image/geometry.h"
#include "core/models/generative_model.h"
#include "core/models/latent_space.h"
#include "core/models/sampling.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/tensor_image.h"

namespace imago {

PreviewMaker::PreviewMaker(GenerativeModel& model, std::uint64_t seed, int count) : m_model(model), m_seed(seed) {
    const Result<const FamilyInfo*> info = findFamilyInfo(model.familyId());
    m_possible = info && !(*info)->sampling.params.empty();
    if (info && findParam((*info)->sampling, "steps")) m_settings["steps"] = kSteps;
    const int classes = static_cast<int>(model.shape().classNames.size());
    for (int i = 0; i < count; ++i) {
        m_seeds.push_back(seed + static_cast<std::uint64_t>(i));
        if (classes > 0) m_classes.push_back(i % classes);
    }
}

PreviewMaker::~PreviewMaker() = default;

Result<void> PreviewMaker::begin(std::int64_t step) {
    m_step = step;
    Result<std::unique_ptr<SamplingProcess>> process = m_model.beginSampling({m_seeds, m_classes, m_settings});
    if (!process && !m_classes.empty()) {  // labelled data, but a model that was told to leave the classes out
        m_classes.clear();
        process = m_model.beginSampling({m_seeds, m_classes, m_settings});
    }
    if (!process) return std::move(process.error());
    m_process = std::move(*process);
    return {};
}

Result<std::optional<PreviewReady>> PreviewMaker::advance() {
    IMAGO_ASSIGN(const bool more, m_process->advance());
    if (more) return std::optional<PreviewReady>();
    PreviewReady preview = finished();
    m_process.reset();
    return std::optional<PreviewReady>(std::move(preview));
}

void PreviewMaker::cancel() {
    m_process.reset();
}

Result<std::optional<PreviewReady>> PreviewMaker::reconstructions(const Dataset& data) const {
    constexpr std::size_t kColumns = 8, kPairs = 16;
    const std::unique_ptr<LatentSpace> space = m_model.latentSpace();
    if (!space || !space->encodes() || data.size() == 0) return std::optional<PreviewReady>();
    const auto order = permutation(RandomKey{m_seed, Purpose::Preview, 0}, static_cast<std::uint32_t>(data.size()));
    const DataShape& shape = data.shape();
    std::vector<Image> pictures;
    std::vector<std::uint8_t> bytes(data.itemBytes());
    for (std::size_t i = 0; i < order.size() && pictures.size() < kPairs; ++i)
        if (data.read(order[i], bytes.data()))  // one whose file has vanished is passed over
            pictures.push_back(copyOf({bytes.data(), shape.width, shape.height, shape.channels, PixelType::U8,
                                       static_cast<std::size_t>(shape.width) * static_cast<std::size_t>(shape.channels)}));
    if (pictures.empty()) return std::optional<PreviewReady>();
    IMAGO_ASSIGN(const torch::Tensor latent, space->encode(tensorOf(viewsOf(pictures))));
    IMAGO_ASSIGN(const torch::Tensor decoded, space->decode(latent));
    std::vector<Image> copies = imagesOf(decoded);
    PreviewReady preview;
    preview.step = m_step;
    preview.kind = "reconstructions";
    std::vector<Image> tiles;
    const std::size_t columns = std::min(kColumns, pictures.size());
    for (std::size_t first = 0; first + columns <= pictures.size(); first += columns)
        for (const bool copied : {false, true})
            for (std::size_t i = first; i < first + columns; ++i) {
                tiles.push_back(std::move((copied ? copies : pictures)[i]));
                preview.labels.emplace_back(copied ? IMAGO_TR("copy") : IMAGO_TR("picture"));
            }
    preview.columns = static_cast<int>(columns);
    preview.rows = static_cast<int>(tiles.size() / columns);
    preview.image = std::make_shared<const Image>(makeGrid(tiles, preview.columns));
    return std::optional<PreviewReady>(std::move(preview));
}

PreviewReady PreviewMaker::finished() const {
    const std::vector<Image> tiles = imagesOf(m_process->result());
    const auto count = static_cast<int>(tiles.size());
    PreviewReady preview;
    preview.step = m_step;
    preview.columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count))));
    preview.rows = (count + preview.columns - 1) / preview.columns;
    preview.seeds = m_seeds;
    for (const int c : m_classes) preview.labels.push_back(m_model.shape().classNames[static_cast<std::size_t>(c)]);
    preview.image = std::make_shared<const Image>(makeGrid(tiles, preview.columns));
    return preview;
}

}  // namespace imago
