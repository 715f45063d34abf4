#include "core/models/vae/latents.h"

#include <algorithm>

#include "core/models/vae/model.h"
#include "core/nn/torch_pch.h"

namespace imago::vae {

using torch::Tensor;

namespace {

constexpr std::int64_t kBatch = 16;

// f on padded batches of one size, with the averaged weights.
Tensor inBatches(VaeModel& model, const std::vector<Tensor>& inputs, const std::function<Tensor(const std::vector<Tensor>&)>& f) {
    const torch::NoGradGuard noGradients;
    const nn::AverageScope average(model.parameters());
    const auto device = torchDevice(model.parameters().device());
    std::vector<Tensor> parts;
    const std::int64_t count = inputs[0].size(0);
    for (std::int64_t first = 0; first < count; first += kBatch) {
        const Tensor rows = torch::arange(first, first + kBatch, torch::kLong).clamp_max(count - 1);
        std::vector<Tensor> padded;
        for (const Tensor& input : inputs) padded.push_back(input.index_select(0, rows.to(input.device())).to(device));
        parts.push_back(f(padded));
    }
    return torch::cat(parts).narrow(0, 0, count);
}

Error wrongShape(const char* what) {
    return {ErrorCode::Internal, IMAGO_TR("The {what} do not have the shape that this model works with."), {{"what", what}}};
}

bool fits(const VaeModel& model, const Tensor& pixels) {
    const DataShape& shape = model.shape();
    return pixels.dim() == 4 && pixels.size(0) > 0 && pixels.size(1) == shape.channels && pixels.size(2) == shape.height &&
           pixels.size(3) == shape.width;
}

}  // namespace

int VaeLatents::dimension() const {
    const LatentSection& latent = m_model.settings().latent;
    return m_model.usesCodes() ? places() * latent.codeDims : latent.dims;
}

LatentSpace::Statistics VaeLatents::statistics() const {
    const nn::AverageScope average(m_model.parameters());
    Statistics out;
    if (!m_model.usesCodes()) {
        const auto host = m_model.mixture().onHost();
        out.mean.assign(host.mean.begin(), host.mean.end());
        out.deviation.assign(host.deviation.begin(), host.deviation.end());
        return out;
    }
    // Of the codes, as often as they are used; the same at every place.
    const int count = codeCount(), dims = m_model.settings().latent.codeDims;
    const Tensor book =
        m_model.book().vectors(torch::arange(count, torch::kLong).to(torchDevice(m_model.parameters().device()))).to(torch::kCPU);
    const auto frequencies = codeFrequencies();
    const Tensor weight = torch::tensor(std::vector<float>(frequencies.begin(), frequencies.end())).unsqueeze(1);
    const Tensor mean = (book * weight).sum(0), deviation = ((book - mean).square() * weight).sum(0).sqrt();
    for (int p = 0; p < places(); ++p)
        for (int d = 0; d < dims; ++d) {
            out.mean.push_back(mean.data_ptr<float>()[d]);
            out.deviation.push_back(deviation.data_ptr<float>()[d]);
        }
    return out;
}

Result<at::Tensor> VaeLatents::decode(const at::Tensor& z, const std::vector<int>& classes) {
    if (z.dim() != 2 || z.size(0) < 1 || z.size(1) != dimension()) return wrongShape("latent numbers");
    if (m_model.usesCodes()) {
        const int dims = m_model.settings().latent.codeDims;
        return inBatches(m_model, {z.to(torch::kFloat)}, [&](const std::vector<Tensor>& in) {
            const Tensor rows = m_model.book().vectors(m_model.book().nearest(in[0].reshape({-1, dims})));
            return m_model.decodeVectors(rows, kBatch).clamp(-1, 1);
        });
    }
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < z.size(0); ++i) {
        const int label = static_cast<std::size_t>(i) < classes.size() ? classes[static_cast<std::size_t>(i)] : -1;
        labels.push_back(label < 0 || label >= m_model.classes() ? m_model.classes() : label);
    }
    return inBatches(m_model, {z.to(torch::kFloat), torch::tensor(labels)},
                     [&](const std::vector<Tensor>& in) { return m_model.decode(in[0], in[1]).clamp(-1, 1); });
}

Result<at::Tensor> VaeLatents::encode(const at::Tensor& pixels) {
    if (!fits(m_model, pixels)) return wrongShape("pictures");
    if (!m_model.usesCodes())
        return inBatches(m_model, {pixels}, [&](const std::vector<Tensor>& in) { return m_model.encode(in[0]).mean; });
    return inBatches(m_model, {pixels}, [&](const std::vector<Tensor>& in) {
        return m_model.book().vectors(m_model.book().nearest(m_model.features(in[0]))).view({kBatch, -1});
    });
}

int VaeLatents::codeCount() const {
    return m_model.usesCodes() ? m_model.book().codes() : 0;
}

int VaeLatents::places() const {
    return m_model.usesCodes() ? m_model.height() * m_model.width() : 0;
}

std::vector<double> VaeLatents::codeFrequencies() const {
    if (!m_model.usesCodes()) return {};
    const nn::AverageScope average(m_model.parameters());
    return m_model.book().frequencies();
}

Result<at::Tensor> VaeLatents::encodeCodes(const at::Tensor& pixels) {
    if (!m_model.usesCodes()) return LatentSpace::encodeCodes(pixels);
    if (!fits(m_model, pixels)) return wrongShape("pictures");
    return inBatches(m_model, {pixels}, [&](const std::vector<Tensor>& in) {
        return m_model.book().nearest(m_model.features(in[0])).view({kBatch, -1});
    });
}

Result<at::Tensor> VaeLatents::decodeCodes(const at::Tensor& codes) {
    if (!m_model.usesCodes()) return LatentSpace::decodeCodes(codes);
    if (codes.dim() != 2 || codes.size(0) < 1 || codes.size(1) != places()) return wrongShape("codes");
    return inBatches(m_model, {codes.clamp(0, codeCount() - 1)}, [&](const std::vector<Tensor>& in) {
        return m_model.decodeVectors(m_model.book().vectors(in[0].reshape({-1})), kBatch).clamp(-1, 1);
    });
}

}  // namespace imago::vae
