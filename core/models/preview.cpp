#include "core/models/preview.h"

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
namespace {

PreviewReady gridOf(const std::vector<Image>& tiles, std::int64_t step, std::size_t columns) {
    PreviewReady preview;
    preview.step = step;
    preview.columns = static_cast<int>(columns);
    preview.rows = static_cast<int>((tiles.size() + columns - 1) / columns);
    preview.image = std::make_shared<const Image>(makeGrid(tiles, preview.columns));
    return preview;
}

class SamplesPreview final : public Preview {
  public:
    SamplesPreview(GenerativeModel& model, const PreviewSpec& spec, int classes, Json settings) : m_model(model), m_step(spec.step) {
        m_spec.settings = std::move(settings);
        for (int i = 0; i < spec.count; ++i) {
            m_spec.seeds.push_back(spec.seed + static_cast<std::uint64_t>(i));
            if (classes > 0) m_spec.classes.push_back(i % classes);
        }
    }

    Result<bool> advance() override {
        if (!m_process) {
            IMAGO_ASSIGN(m_process, m_model.beginSampling(m_spec));
        }
        return m_process->advance();
    }

    std::optional<PreviewReady> take() override {
        const std::vector<Image> tiles = imagesOf(m_process->result());
        PreviewReady preview = gridOf(tiles, m_step, static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(tiles.size())))));
        preview.seeds = m_spec.seeds;
        for (const int c : m_spec.classes) preview.labels.push_back(m_model.shape().classNames[static_cast<std::size_t>(c)]);
        return preview;
    }

  private:
    GenerativeModel& m_model;
    std::int64_t m_step;
    SamplingJobSpec m_spec;
    std::unique_ptr<SamplingProcess> m_process;
};

class CopiesPreview final : public Preview {
  public:
    CopiesPreview(GenerativeModel& model, const Dataset& data, const PreviewSpec& spec) : m_model(model), m_data(data), m_spec(spec) {}

    Result<bool> advance() override {
        constexpr std::size_t kColumns = 8, kPairs = 16;
        const auto order = permutation(RandomKey{m_spec.seed, Purpose::Preview, 0}, static_cast<std::uint32_t>(m_data.size()));
        const DataShape& shape = m_data.shape();
        std::vector<Image> pictures;
        for (std::size_t i = 0; i < order.size() && pictures.size() < kPairs; ++i) {
            Image picture(shape.width, shape.height, shape.channels);
            if (m_data.read(order[i], picture.data()))
                pictures.push_back(std::move(picture));  // one whose file has vanished is passed over
        }
        if (pictures.empty()) return false;
        const std::unique_ptr<LatentSpace> space = m_model.latentSpace();
        IMAGO_ASSIGN(const torch::Tensor latent, space->encode(tensorOf(viewsOf(pictures))));
        IMAGO_ASSIGN(const torch::Tensor decoded, space->decode(latent));
        std::vector<Image> copies = imagesOf(decoded);
        std::vector<Image> tiles;
        std::vector<std::string> labels;
        const std::size_t columns = std::min(kColumns, pictures.size());
        for (std::size_t first = 0; first + columns <= pictures.size(); first += columns)
            for (const bool copied : {false, true})
                for (std::size_t i = first; i < first + columns; ++i) {
                    tiles.push_back(std::move((copied ? copies : pictures)[i]));
                    labels.emplace_back(copied ? IMAGO_TR("copy") : IMAGO_TR("picture"));
                }
        m_preview = gridOf(tiles, m_spec.step, columns);
        m_preview->kind = "reconstructions";
        m_preview->labels = std::move(labels);
        return false;
    }

    std::optional<PreviewReady> take() override { return std::move(m_preview); }

  private:
    GenerativeModel& m_model;
    const Dataset& m_data;
    PreviewSpec m_spec;
    std::optional<PreviewReady> m_preview;
};

}  // namespace

std::unique_ptr<Preview> samplesPreview(GenerativeModel& model, const PreviewSpec& spec, int classes, Json settings) {
    return std::make_unique<SamplesPreview>(model, spec, classes, std::move(settings));
}

std::unique_ptr<Preview> copiesPreview(GenerativeModel& model, const Dataset& data, const PreviewSpec& spec) {
    return std::make_unique<CopiesPreview>(model, data, spec);
}

}  // namespace imago
